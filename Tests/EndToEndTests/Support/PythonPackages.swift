import Foundation
import TestSupport

/// The Python with the packages that `scripts/setup` installs: programs that nobody here wrote.
enum PythonPackages {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(
        path: "../../../.build/python/bin"
    ).standardized.path

    /// The path of a program in that folder, such as `python3`.
    static func program(_ name: String) throws -> String {
        let path = folder + "/" + name
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw HarnessError("there is no \(path): run scripts/setup")
        }
        return path
    }
}
