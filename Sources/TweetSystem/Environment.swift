import CSystem

/// The process's environment, read only at its start; see getenv(3).
public enum Environment {
    /// The raw value of a variable, which may be invalid UTF-8; nil if it is not set.
    public static func bytes(of name: String) -> [UInt8]? {
        getenv(name).map { Array(UnsafeRawBufferPointer(start: $0, count: strlen($0))) }
    }

    /// The value as text; invalid UTF-8 is replaced, so that it matches no existing path, name or number.
    public static func text(of name: String) -> String? {
        bytes(of: name).map { String(decoding: $0, as: UTF8.self) }
    }
}
