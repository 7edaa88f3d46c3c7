import TestSupport
import Testing

/// The figures as Prometheus's own library reads them.
@Suite(.ownThreads) struct PrometheusTests {
    /// Prints each sample of the server's figures, after the name and the type of its metric.
    private static let program = #"""
        import sys, urllib.request
        from prometheus_client.parser import text_string_to_metric_families

        with urllib.request.urlopen(sys.argv[1], timeout=60) as answer:
            assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
            text = answer.read().decode()
        for family in text_string_to_metric_families(text):
            assert family.documentation, family.name
            last = 0
            for sample in family.samples:
                if sample.name.endswith("_bucket"):
                    assert sample.value >= last, sample
                    last = sample.value
                labels = ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()))
                print(family.name, family.type, sample.name, labels or "-", sample.value)
            if family.type == "histogram":
                assert [sample.value for sample in family.samples if sample.name.endswith("_count")] == [last]
        """#

    @Test func prometheusReadsTheFigures() throws {
        let server = try ServerProcess()
        for number in 1...3 { #expect(try server.upload("\(number)").exitCode == 0) }
        let python = try PythonPackages.program("python3")
        let words = [python, "-c", Self.program, "http://localhost:\(server.port)/metrics"]
        let run = try run(words)
        #expect(run.exitCode == 0, "\(run.errors)")
        for line in [
            "ttweet_uploads counter ttweet_uploads_total - 3",
            "ttweet_connections gauge ttweet_connections framing=http 1",
            "ttweet_commit_seconds histogram ttweet_commit_seconds_bucket le=+Inf 3",
            "ttweet_batch_entries histogram ttweet_batch_entries_sum - 3",
            "ttweet_queue_depth gauge ttweet_queue_depth queue=entries 0",
        ] {
            #expect(run.output.contains(line + "\n"), "\(line): \(run.output)")
        }
        #expect(try server.stop() == .exit(0))
    }
}
