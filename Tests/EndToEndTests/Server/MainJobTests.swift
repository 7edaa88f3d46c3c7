import CSystem
import TestSupport
import Testing

/// The main jobs, as a user sees them.
@Suite(.ownThreads) struct MainJobTests {
    @Test func whatOneClientUploadsAnotherDownloads() throws {
        let server = try ServerProcess()
        let upload = try server.upload("backup done #ops")
        #expect(upload.output == "Transmission Successfull...\n")
        #expect(upload.errors == "")
        #expect(upload.exitCode == 0)
        let download = try server.download()
        #expect(download.output == "Received Message: backup done #ops\nTransmission Successfull...\n")
        #expect(download.exitCode == 0)
        let tagged = try server.download("#ops", "-q")
        #expect(tagged.output == "backup done #ops\n")
        #expect(tagged.exitCode == 0)
        let client = try server.connect()
        #expect(try client.request(#"["d",""]"#)?.contains("backup done #ops") == true)
        #expect(try server.stop() == .exit(0))
    }
}
