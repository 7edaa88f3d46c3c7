import CSystem
import Foundation
import TestSupport

/// The kernel's figures for a server.
extension ServerProcess {
    /// Bytes of memory that it has in use: see proc(5), VmRSS.
    func memory() throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(process.id)/status", encoding: .utf8)
        guard let match = status.firstMatch(of: /VmRSS:\s+(\d+) kB/), let kibibytes = Int(match.1) else {
            throw HarnessError("no VmRSS")
        }
        return kibibytes << 10
    }

    /// Seconds of the processor that it has used: see proc(5), utime and stime.
    func processorTime() throws -> Double {
        let status = try String(contentsOfFile: "/proc/\(process.id)/stat", encoding: .utf8)
        // The name in parentheses may hold spaces; behind it the state is the third field.
        let fields = status[(status.lastIndex(of: ")") ?? status.startIndex)...].split(separator: " ")
        guard fields.count > 13, let user = Double(fields[12]), let system = Double(fields[13]) else {
            throw HarnessError("no utime")
        }
        return (user + system) / Double(sysconf(CInt(_SC_CLK_TCK)))
    }
}

/// Whether the programs carry a sanitizer, which needs memory and time of its own.
enum Sanitizer {
    static let isOn: Bool = {
        let names = ["__asan_init", "__tsan_init"]
        return names.contains { dlsym(nil, $0) != nil }
    }()
}
