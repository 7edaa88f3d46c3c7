extension Unicode.Scalar {
    /// Whether it is a Default_Ignorable_Code_Point, such as a joiner: invisible where it is not supported.
    ///
    /// The ranges of DerivedCoreProperties.txt, which contain reserved code points and so do not change. The standard
    /// library searches its table for every property, which took a third of the time of the most expensive line.
    var isDefaultIgnorable: Bool {
        if value < 0xAD { return false }
        return switch value {
        case 0xAD, 0x34F, 0x61C, 0x115F...0x1160, 0x17B4...0x17B5, 0x180B...0x180F, 0x200B...0x200F, 0x202A...0x202E,
            0x2060...0x206F, 0x3164, 0xFE00...0xFE0F, 0xFEFF, 0xFFA0, 0xFFF0...0xFFF8, 0x1BCA0...0x1BCA3,
            0x1D173...0x1D17A, 0xE0000...0xE0FFF:
            true
        default: false
        }
    }
}
