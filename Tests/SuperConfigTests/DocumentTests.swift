import FoundationEssentials
import SuperBase
import SuperConfig
import SuperOptions
import Testing

@Test func theReferencePageIsCurrent() throws {
    let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
    let page = try String(contentsOf: URL(filePath: "\(root)/docs/reference/options.md"), encoding: .utf8)
    // Compared by lines, so that a failure shows the first that differs.
    let current = OptionReference.markdown().split(separator: "\n", omittingEmptySubsequences: false)
    let written = page.split(separator: "\n", omittingEmptySubsequences: false)
    for (current, written) in zip(current, written) where current != written {
        #expect(written == current)
        break
    }
    #expect(written.count == current.count)
}

@Test func theSampleLoadsAsItIs() {
    let result = load(SampleConfiguration.ini())
    #expect(result.diagnostics == [])
    #expect(result.configuration?.groups == [])
}

@Test func theSampleLoadsWithEveryOptionUncommented() {
    let lines = SampleConfiguration.ini().split(separator: "\n", omittingEmptySubsequences: false)
    let uncommented = lines.map { $0.hasPrefix(";") && !$0.hasPrefix("; ") && $0 != ";" ? $0.dropFirst() : $0 }
    // It goes with no unix:// socket, of which the mode and the owner tell.
    let together = uncommented.filter { $0 != "socket_reuseport=true" }
    let result = load(together.joined(separator: "\n"))
    #expect(result.errors == [])
    #expect(
        result.warnings.map { $0.option ?? "" } == [
            "stopsignal", "stopwaitsecs", "stderr_logfile", "health", "max_lifetime", "restart_mode", "files",
        ])
    #expect(result.configuration?.groups.map(\.name) == ["watch", "site"])
    #expect(result.configuration?.servers.count == 2)
    let options = OptionTable.sections.flatMap(\.options)
    for option in options {
        #expect(uncommented.contains("\(option.name)=\(option.example)"), "\(option.name)")
    }
}
