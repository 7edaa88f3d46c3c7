import CSystem
import TweetSystem

/// A file that is written in the target's directory under a temporary name, and removed unless it is put in place.
///
/// Only its owner can read it.
struct NewFile: ~Copyable {
    /// The temporary path, in the form of ``DataDirectory/sqlitePath(_:)``.
    let path: String
    private let place: String
    private let file: Descriptor

    /// Creates an empty file; see mkstemp(3).
    init(for place: String) throws(Errno) {
        self.place = place
        var template = Array((DataDirectory.sqlitePath(place) + ".XXXXXX").utf8CString)
        file = Descriptor(owning: try valueOrErrno { mkstemp(&template) })
        path = template.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
    }

    deinit {
        // SQLite leaves a journal if it could not finish.
        for companion in ["", "-journal"] { unlink(path + companion) }
    }

    /// Syncs the file and gives it its final name durably.
    ///
    /// - Throws: EEXIST if a file with that name exists.
    func putInPlace() throws(Errno) {
        let (number, path, place) = (file.number, path, place)
        try valueOrErrno { fsync(number) }
        if link(path, place) != 0 {
            let error = Errno.current
            guard error.meansNoLinks else { throw error }
            guard access(place, F_OK) != 0 else { throw Errno(code: EEXIST) }
            try valueOrErrno { csystem_rename(path, place) }
        }
        try DataDirectory.syncNames(beside: place)
    }
}
