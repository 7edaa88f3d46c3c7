import CSQLite
import CSystem
import Foundation
import TestSupport
import Testing

/// An operation that SQLite asks of a disk and that a test can make fail.
enum DiskOperation: Hashable, Sendable {
    case read
    case write
    case sync
    case truncate
    case delete
    /// Growing the index of the write-ahead log, which is a file too; asked of the store's file.
    case growIndex
}

/// How an operation fails: SQLite's code for it, and the system's behind that.
struct DiskFailure: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let code: CInt
    let systemError: CInt

    static let full = DiskFailure(testDescription: "full", code: SQLITE_FULL, systemError: ENOSPC)
    static let quota = DiskFailure(testDescription: "quota", code: SQLITE_IOERR | 3 << 8, systemError: EDQUOT)
    static let read = DiskFailure(testDescription: "read", code: SQLITE_IOERR | 1 << 8, systemError: EIO)
    static let write = DiskFailure(testDescription: "write", code: SQLITE_IOERR | 3 << 8, systemError: EIO)
    static let sync = DiskFailure(testDescription: "sync", code: SQLITE_IOERR | 4 << 8, systemError: EIO)
    /// The failure of file systems, NFS for one, that had no room for bytes that they had accepted.
    static let syncFull = DiskFailure(
        testDescription: "sync on a full disk", code: SQLITE_IOERR | 4 << 8, systemError: ENOSPC)
    static let indexFull = DiskFailure(
        testDescription: "index full", code: SQLITE_IOERR | 19 << 8, systemError: ENOSPC)
    static let dead = DiskFailure(testDescription: "dead", code: SQLITE_IOERR, systemError: EIO)

    /// The return value of the file system's function, with errno set as the system would leave it.
    var returned: CInt {
        errno = systemError
        return code
    }
}

/// The disk below one directory: it may be full, fail on order, count what it is asked for, and lose its power.
///
/// ``FaultyFileSystem`` brings it between SQLite and the real files.
final class FaultyDisk: Sendable {
    private struct Fault {
        let operation: DiskOperation
        let suffix: String
        let failure: DiskFailure
        var skipped: Int
        var remaining: Int
    }

    private struct State {
        /// Bytes that may still be written, over others too as on a copy-on-write file system; nil is without end.
        ///
        /// And what a write says when there is room for no more.
        var room: (bytes: Int, failure: DiskFailure)?
        var faults: [Fault] = []
        /// Changes until the disk takes no more of them; nil is without end.
        var changesLeft: Int?
        var calls: [DiskOperation: [String: Int]] = [:]
        var gate: (@Sendable (DiskOperation, String) -> Void)?
        /// Each file as it was when it was synced last; nil where nobody will ask.
        var synced: [String: [UInt8]]?
        /// Files that were deleted since the directory was synced last: a loss of power may bring them back.
        var deleted: Set<String> = []
    }

    private let state = Monitor(State())

    // MARK: Orders of the test

    /// Leaves room for so many more bytes.
    func fill(leaving bytes: Int, failingWith failure: DiskFailure = .full) {
        state.access { $0.room = (bytes, failure) }
    }

    /// Lets an operation fail on files whose names end so.
    func fail(
        _ operation: DiskOperation, of suffix: String, with failure: DiskFailure, after skipped: Int = 0,
        times: Int = .max
    ) {
        state.access {
            $0.faults.append(
                Fault(
                    operation: operation, suffix: suffix, failure: failure, skipped: skipped, remaining: times))
        }
    }

    /// Takes so many more changes of any file, and then none: what is on the disk then is what kill -9 would leave.
    func die(afterChanges count: Int) {
        state.access { $0.changesLeft = count }
    }

    /// Everything works again.
    func repair() {
        state.access {
            $0.room = nil
            $0.faults = []
            $0.changesLeft = nil
        }
    }

    /// Calls before each operation, on the thread that asks for it.
    func beforeEach(_ gate: (@Sendable (DiskOperation, String) -> Void)?) {
        state.access { $0.gate = gate }
    }

    /// How often an operation was asked for, on files whose names end so.
    func count(_ operation: DiskOperation, of suffix: String) -> Int {
        state.access { state in
            state.calls[operation, default: [:]].reduce(0) { $0 + ($1.key.hasSuffix(suffix) ? $1.value : 0) }
        }
    }

    /// Remembers from now on what each sync leaves on the disk.
    func expectLossOfPower() {
        state.access { $0.synced = [:] }
    }

    /// Each file as the disk would have it after a loss of power, at worst: what was not synced is gone.
    var syncedFiles: [String: [UInt8]] { state.access { $0.synced ?? [:] } }

    // MARK: Questions of the file system

    /// How an operation fails; nil where it does not.
    func failure(_ operation: DiskOperation, of name: String) -> DiskFailure? {
        let gate = state.access { state in
            state.calls[operation, default: [:]][name, default: 0] += 1
            return state.gate
        }
        gate?(operation, name)
        return state.access { state in
            if operation != .read, let left = state.changesLeft {
                if left == 0 { return .dead }
                state.changesLeft = left - 1
            }
            let matching = state.faults.firstIndex {
                $0.operation == operation && $0.remaining > 0 && name.hasSuffix($0.suffix)
            }
            guard let matching else { return nil }
            if state.faults[matching].skipped > 0 {
                state.faults[matching].skipped -= 1
                return nil
            }
            state.faults[matching].remaining -= 1
            return state.faults[matching].failure
        }
    }

    /// Takes room for bytes.
    ///
    /// - Returns: how many of them there was room for, and the failure where those are not all.
    func take(_ count: Int) -> (granted: Int, failure: DiskFailure?) {
        state.access { state in
            guard let (room, failure) = state.room else { return (count, nil) }
            let granted = min(room, count)
            state.room?.bytes = room - granted
            return (granted, granted < count ? failure : nil)
        }
    }

    func synced(_ name: String, path: String) {
        guard state.access({ $0.synced != nil }), let bytes = try? contents(of: path) else { return }
        state.access { state in
            state.synced?[name] = bytes
            state.deleted.remove(name)
        }
    }

    func deleted(_ name: String) {
        state.access { _ = $0.deleted.insert(name) }
    }

    func syncedDirectory() {
        state.access { state in
            for name in state.deleted { state.synced?[name] = nil }
            state.deleted = []
        }
    }
}
