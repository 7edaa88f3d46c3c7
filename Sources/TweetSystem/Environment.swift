import CSystem

/// The process's environment, read only at its start; see getenv(3).
///
/// An empty variable counts as unset: compose files and unit files set it so for a value that nobody gave.
public enum Environment {
    /// The raw value of a variable, which may be invalid UTF-8; nil if it is not set or empty.
    public static func bytes(of name: String) -> [UInt8]? {
        value(of: name).flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The value of `PATH`, nil if it is not set; an empty one means the current directory, see execvp(3).
    public static var searchPath: [UInt8]? { value(of: "PATH") }

    private static func value(of name: String) -> [UInt8]? {
        getenv(name).map { Array(UnsafeRawBufferPointer(start: $0, count: strlen($0))) }
    }

    /// The value as text; invalid UTF-8 is replaced, so that it matches no existing path, name or number.
    public static func text(of name: String) -> String? {
        bytes(of: name).map { String(decoding: $0, as: UTF8.self) }
    }
}
