import CSystem
import Foundation
import TestSupport

/// The kernel's figures for a server.
extension ServerProcess {
    /// The server's resident memory in bytes; see VmRSS in proc(5).
    func memory() throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(process.id)/status", encoding: .utf8)
        guard let match = status.firstMatch(of: /VmRSS:\s+(\d+) kB/), let kibibytes = Int(match.1) else {
            throw HarnessError("no VmRSS")
        }
        return kibibytes << 10
    }

    /// The server's processor time in seconds; see utime and stime in proc(5).
    func processorTime() throws -> Double {
        let status = try String(contentsOfFile: "/proc/\(process.id)/stat", encoding: .utf8)
        // The name in parentheses may contain spaces; the state, which is the third field, follows it.
        let fields = status[(status.lastIndex(of: ")") ?? status.startIndex)...].split(separator: " ")
        guard fields.count > 13, let user = Double(fields[12]), let system = Double(fields[13]) else {
            throw HarnessError("no utime")
        }
        return (user + system) / Double(sysconf(CInt(_SC_CLK_TCK)))
    }
}

/// The sanitizer of this build, which needs additional memory and time.
enum Sanitizer {
    static let isOn: Bool = {
        let names = ["__asan_init", "__tsan_init"]
        return names.contains { dlsym(nil, $0) != nil }
    }()
}
