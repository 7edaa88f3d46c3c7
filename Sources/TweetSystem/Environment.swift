import CSystem

/// The process's environment, which only its start reads; see getenv(3).
public enum Environment {
    /// The value of a variable as it is, which may be no valid UTF-8; nil where it is not set.
    public static func bytes(of name: String) -> [UInt8]? {
        getenv(name).map { Array(UnsafeRawBufferPointer(start: $0, count: strlen($0))) }
    }

    /// The same as text: what is no valid UTF-8 is replaced, and so is no path, no name and no number that there is.
    public static func text(of name: String) -> String? {
        bytes(of: name).map { String(decoding: $0, as: UTF8.self) }
    }
}
