import CUtf8proc

/// The form in which hashtags are compared: NFKC case folded (Unicode Standard, 3.13, toNFKC_Casefold), so without
/// invisible characters, and with full and half width treated as equal.
enum HashtagKey {
    /// The maximum number of key bytes for each byte written: the longest ligatures have 3 and fold to 8.
    static let longestGrowth = 3

    /// - Complexity: O(n log n) in the longest run of marks. utf8proc's own functions for a whole text sort them in
    ///   quadratic time: 5 ms for the longest hashtag.
    static func of(_ written: String) -> String {
        // ASCII needs no library.
        if written.everyByte({ $0 < 0x80 }) { return written.lowercased() }
        // Decomposed before it is folded (Unicode Standard, D147): an iota subscript folds to a letter, and the marks
        // before that letter must not depend on the order in which they were written.
        // utf8proc keeps the invisible code points that Unicode has only reserved so far, such as U+FFF2.
        var scalars: [utf8proc_int32_t] = []
        scalars.reserveCapacity(written.utf8.count)
        for scalar in written.unicodeScalars where !scalar.isDefaultIgnorable {
            scalars.append(utf8proc_int32_t(bitPattern: scalar.value))
        }
        var key = decomposed(decomposed(scalars, []), [UTF8PROC_COMPAT, UTF8PROC_CASEFOLD])
        let length = key.count
        // Composes them and encodes them in place, with a zero byte at the end.
        key.append(0)
        let count = utf8proc_reencode(&key, length, options([UTF8PROC_COMPOSE]))
        return key.withUnsafeBytes { String(decoding: $0.prefix(max(count, 0)), as: UTF8.self) }
    }

    /// Decomposes each scalar and omits the invisible ones; the marks are then in canonical order (D108).
    private static func decomposed(_ scalars: [utf8proc_int32_t], _ flags: [utf8proc_option_t]) -> [utf8proc_int32_t] {
        let options = options(flags + [UTF8PROC_DECOMPOSE, UTF8PROC_IGNORE])
        var result: [utf8proc_int32_t] = []
        result.reserveCapacity(scalars.count)
        // The longest decomposition has 18 scalars, each of which folds to at most 3.
        var parts = [utf8proc_int32_t](repeating: 0, count: 54)
        var boundary: CInt = 0
        for scalar in scalars {
            let count = utf8proc_decompose_char(scalar, &parts, parts.count, options, &boundary)
            result += parts.prefix(max(count, 0))
        }
        order(&result)
        return result
    }

    private static func order(_ scalars: inout [utf8proc_int32_t]) {
        var start = 0
        while let first = scalars[start...].firstIndex(where: { combiningClass($0) != 0 }) {
            let end = scalars[first...].firstIndex { combiningClass($0) == 0 } ?? scalars.endIndex
            // The standard library's sort is stable: marks of one class stay in the order in which they were written.
            if end - first > 1 { scalars[first..<end].sort { combiningClass($0) < combiningClass($1) } }
            start = end
        }
    }

    private static func combiningClass(_ scalar: utf8proc_int32_t) -> utf8proc_propval_t {
        utf8proc_get_property(scalar).pointee.combining_class
    }

    private static func options(_ flags: [utf8proc_option_t]) -> utf8proc_option_t {
        utf8proc_option_t(flags.reduce(UTF8PROC_STABLE.rawValue) { $0 | $1.rawValue })
    }
}
