import CSQLite
import CSystem
import TweetSystem

/// Saves a store to a file of its own, while a server runs on it or not.
public enum Backup {
    /// Copies all that is committed when the copying begins; what was acknowledged before that is in it.
    ///
    /// The copy is made beside its place under another name, synced, and then given its name: an interrupted run leaves
    /// no file that looks like a backup.
    ///
    /// - Parameters:
    ///   - directory: the data directory.
    ///   - file: must not be there yet; it is made with mode 0600.
    public static func save(_ directory: String, to file: String) throws(BackupError) -> BackupSummary {
        guard DataDirectory.exists(at: directory) else { throw .noStore(directory: directory) }
        guard access(file, F_OK) != 0 else { throw .cannotWrite(path: file, reason: "it is there already") }
        let store = try open(directory)
        defer { store.close() }
        let copy: NewFile
        do throws(Errno) {
            copy = try NewFile(for: file)
        } catch {
            throw .cannotWrite(path: file, reason: error.description)
        }
        let summary: BackupSummary
        do throws(SQLiteError) {
            let name = copy.path.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''")
            try store.execute("VACUUM INTO '\(name)'")
            let saved = try Database(path: copy.path, readOnly: true)
            defer { saved.close() }
            summary = try BackupSummary(saved)
        } catch {
            let isDamaged = error.code & 0xFF == SQLITE_CORRUPT || error.code & 0xFF == SQLITE_NOTADB
            if isDamaged { throw .store(StoreError(error, path: DataDirectory.storePath(in: directory))) }
            throw .cannotWrite(path: file, reason: error.description)
        }
        do throws(Errno) {
            try copy.putInPlace()
        } catch {
            let reason = error.code == EEXIST ? "it is there already" : error.description
            throw .cannotWrite(path: file, reason: reason)
        }
        return summary
    }

    /// Opens a store for reading.
    ///
    /// Where no server runs the files are looked at as at a start, and the last to close the store leaves one file; that
    /// is why it is opened for writing. A server may start meanwhile.
    private static func open(_ directory: String) throws(BackupError) -> Database {
        let path = DataDirectory.storePath(in: directory)
        do throws(StoreError) {
            let lock = try lock(directory)
            try StoreHeader.check(path: path, withLog: lock != nil)
            let database: Database
            let state: Schema.State
            do throws(SQLiteError) {
                database = try Database(path: path, readOnly: false)
                state = try Schema.state(of: database)
            } catch {
                throw StoreError(error, path: path)
            }
            switch state {
            case .current: break
            case .older(let version): if version == 0 { throw StoreError.notAStore(path: path) }
            case .newer(let version): throw StoreError.newerSchema(found: version, known: Schema.steps.count)
            case .foreign: throw StoreError.notAStore(path: path)
            }
            withExtendedLifetime(lock) {}
            return database
        } catch {
            throw .store(error)
        }
    }

    /// Takes the directory's lock; nil when a server holds it.
    private static func lock(_ directory: String) throws(StoreError) -> DataDirectory? {
        do throws(StoreError) {
            return try DataDirectory(path: directory)
        } catch {
            if case .inUse = error { return nil }
            throw error
        }
    }
}
