import CUtf8proc

/// The contents of one cell of a terminal: a scalar with a width, and the marks on it.
struct Cell: Hashable, Sendable {
    var scalars: [Unicode.Scalar]
    /// The width, 1 or 2.
    let columns: Int
}

extension Unicode.Scalar {
    /// The columns that a terminal uses for it: 0, 1 or 2; see Unicode Standard Annex 11 and wcwidth(3).
    ///
    /// utf8proc says which are wide. The exceptions follow the C library, which curses(3) uses; they are the same here
    /// in every locale.
    var columns: Int {
        if isASCII { return value >= 0x20 && value < 0x7F ? 1 : 0 }
        switch value {
        // Vowels and final consonants of Hangul, which combine with the consonant before them.
        case 0x1160...0x11FF, 0xD7B0...0xD7FF: return 0
        // Signs before a number, which are visible.
        case 0x0600...0x0605, 0x06DD, 0x070F, 0x0890...0x0891, 0x08E2, 0x110BD, 0x110CD: return 1
        default: break
        }
        let columns = Int(utf8proc_charwidth(Int32(value)))
        // A vowel sign of an Indic script is drawn beside its letter.
        return columns == 0 && properties.generalCategory == .spacingMark ? 1 : columns
    }

    /// Whether it only says how others are drawn: joined, or as a picture.
    ///
    /// Terminals treat these differently, and so differ in the width of the whole.
    fileprivate var isDrawingHint: Bool { value == 0x200D || (0xFE00...0xFE0F).contains(value) }
}

extension Character {
    /// The columns that a terminal uses for it: each scalar counts separately, as in curses(3).
    var columns: Int { unicodeScalars.reduce(0) { $0 + $1.columns } }

    /// The cells that it takes; an emoji made of several is split into these, on which all terminals agree.
    var cells: [Cell] {
        var cells: [Cell] = []
        for scalar in unicodeScalars {
            let columns = scalar.columns
            if columns > 0 {
                cells.append(Cell(scalars: [scalar], columns: columns))
            } else if let last = cells.indices.last {
                cells[last].scalars.append(scalar)
            }
        }
        // A joiner is kept only where it shapes letters within one cell.
        let isOne = cells.count == 1 && cells[0].columns == 1
        for index in cells.indices {
            cells[index].scalars.removeAll { $0.isDrawingHint && !(isOne && $0.value == 0x200D) }
        }
        return cells
    }
}

extension StringProtocol {
    var columns: Int { reduce(0) { $0 + $1.columns } }

    /// The longest prefix that fits.
    func prefix(columns limit: Int) -> SubSequence {
        var used = 0
        var end = startIndex
        while end < endIndex {
            used += self[end].columns
            if used > limit { break }
            end = index(after: end)
        }
        return self[..<end]
    }
}
