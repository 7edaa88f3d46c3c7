import CSQLite
import CSystem
import Foundation
import TestSupport
import Testing

/// An operation of a disk that SQLite asks for and that a test can make fail.
enum DiskOperation: Hashable, Sendable {
    case read
    case write
    case sync
    case truncate
    case delete
    /// Growing the index of the write-ahead log, counted as an operation on the store's file.
    case growIndex
}

/// The failure of an operation: SQLite's code for it, and the system's code behind that.
struct DiskFailure: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let code: CInt
    let systemError: CInt

    static let full = DiskFailure(testDescription: "full", code: SQLITE_FULL, systemError: ENOSPC)
    static let quota = DiskFailure(testDescription: "quota", code: SQLITE_IOERR | 3 << 8, systemError: EDQUOT)
    static let limit = DiskFailure(
        testDescription: "limit on the size of files", code: SQLITE_IOERR | 3 << 8, systemError: EFBIG)
    static let read = DiskFailure(testDescription: "read", code: SQLITE_IOERR | 1 << 8, systemError: EIO)
    static let write = DiskFailure(testDescription: "write", code: SQLITE_IOERR | 3 << 8, systemError: EIO)
    static let sync = DiskFailure(testDescription: "sync", code: SQLITE_IOERR | 4 << 8, systemError: EIO)
    /// The failure of a file system, such as NFS, that had no room for bytes that it had accepted.
    static let syncFull = DiskFailure(
        testDescription: "sync on a full disk", code: SQLITE_IOERR | 4 << 8, systemError: ENOSPC)
    static let indexFull = DiskFailure(
        testDescription: "index full", code: SQLITE_IOERR | 19 << 8, systemError: ENOSPC)
    static let dead = DiskFailure(testDescription: "dead", code: SQLITE_IOERR, systemError: EIO)

    /// The return value of the file system's function; errno is set as the system would set it.
    var returned: CInt {
        errno = systemError
        return code
    }
}

/// The disk of one directory: it can be full, fail on request, count its operations, and lose power.
///
/// ``FaultyFileSystem`` puts it between SQLite and the real files.
final class FaultyDisk: Sendable {
    private struct Fault {
        let operation: DiskOperation
        let suffix: String
        let failure: DiskFailure
        var skipped: Int
        var remaining: Int
    }

    private struct State {
        /// The number of bytes that may still be written, and the failure of a write beyond that; nil without a limit.
        ///
        /// Overwriting takes room too, as on a copy-on-write file system.
        var room: (bytes: Int, failure: DiskFailure)?
        var faults: [Fault] = []
        /// The number of changes that the disk still accepts; nil without a limit.
        var changesLeft: Int?
        var calls: [DiskOperation: [String: Int]] = [:]
        var gate: (@Sendable (DiskOperation, String) -> Void)?
        /// The contents of each file at its last sync; nil if the test does not expect a loss of power.
        var synced: [String: [UInt8]]?
        /// The files deleted since the last sync of the directory, which a loss of power may bring back.
        var deleted: Set<String> = []
    }

    private let state = Monitor(State())

    // MARK: Requests of the test

    /// Leaves room for a number of further bytes.
    func fill(leaving bytes: Int, failingWith failure: DiskFailure = .full) {
        state.access { $0.room = (bytes, failure) }
    }

    /// Makes an operation fail on files whose names have a suffix.
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

    /// Accepts a number of further changes of any file and then no more, so that the disk has the state after kill -9.
    func die(afterChanges count: Int) {
        state.access { $0.changesLeft = count }
    }

    /// Makes all operations work again.
    func repair() {
        state.access {
            $0.room = nil
            $0.faults = []
            $0.changesLeft = nil
        }
    }

    /// Sets a closure that is called before each operation, on the thread that asks for it.
    func beforeEach(_ gate: (@Sendable (DiskOperation, String) -> Void)?) {
        state.access { $0.gate = gate }
    }

    /// Runs a closure while other threads wait before their next operation.
    func standingStill<Result>(_ body: () throws -> Result) rethrows -> Result {
        let isOver = Monitor(false)
        let former = state.access { state in
            defer { state.gate = { _, _ in _ = isOver.wait { $0 ? true : nil } } }
            return state.gate
        }
        defer {
            state.access { $0.gate = former }
            isOver.access { $0 = true }
        }
        return try body()
    }

    /// The number of calls of an operation on files whose names have a suffix.
    func count(_ operation: DiskOperation, of suffix: String) -> Int {
        state.access { state in
            state.calls[operation, default: [:]].reduce(0) { $0 + ($1.key.hasSuffix(suffix) ? $1.value : 0) }
        }
    }

    /// Records from now on the contents that each sync leaves on the disk.
    func expectLossOfPower() {
        state.access { $0.synced = [:] }
    }

    /// The contents of each file after a loss of power in the worst case: all data that was not synced is lost.
    var syncedFiles: [String: [UInt8]] { state.access { $0.synced ?? [:] } }

    // MARK: Requests of the file system

    /// The failure of an operation; nil if it succeeds.
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

    /// Takes room for a number of bytes.
    ///
    /// - Returns: the number of bytes with room, and the failure if that is not all of them.
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
