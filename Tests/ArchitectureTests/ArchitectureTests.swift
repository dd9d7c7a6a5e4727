import Testing

/// The source tree keeps the rules of docs/architecture.md and of the conventions.
struct ArchitectureTests {
    @Test(arguments: Rule.all)
    func everyFileKeeps(rule: Rule) throws {
        var offences: [String] = []
        for file in try SourceFile.all() {
            offences += rule.offences(file).map { number in
                let text = number <= file.lines.count ? file.lines[number - 1].text : ""
                return "\(file.path):\(number): \(text)"
            }
        }
        let report = offences.joined(separator: "\n")
        #expect(offences.isEmpty, "\(rule.name):\n\(report)")
    }

    @Test func theWholeTreeIsRead() throws {
        let targets = Set(try SourceFile.all().map(\.target))
        #expect(targets.isSuperset(of: ["SuperBase", "SuperCore", "SuperOS", "CSuperOS", "superd", "superctl"]))
    }

    /// Text that breaks the rule at this place of `Rule.all`, in the target where it would.
    @Test(arguments: [
        (0, "SuperCore", "import Glibc"), (0, "SuperCore", "public import Foundation"),
        (0, "SuperConfig", "import FoundationEssentials"), (0, "SuperBase", "@preconcurrency import Dispatch"),
        (0, "SuperHTTP", "import struct SuperConfig.Configuration"),
        (1, "SuperCore", "Task { }"), (1, "SuperCore", "func f() async {}"), (1, "SuperCore", "sleep(1)"),
        (1, "SuperCore", "let x = Int.random(in: 0..<9)"), (1, "SuperBase", "let now = ContinuousClock.now"),
        (1, "SuperCore", "var g = SystemRandomNumberGenerator()"), (2, "SuperDaemon", "import Glibc"),
        (2, "SuperKeeper", "import CSuperOS"), (3, "superd", "let x = try! f()"), (3, "superd", "let x = y as! Int"),
        (3, "superd", "fatalError(\"no\")"), (4, "SuperOS", "// TODO: later"), (4, "CSuperOS", "/* FIXME */"),
        (5, "SuperOS", "final class A: @unchecked Sendable {}"), (5, "SuperOS", "\nnonisolated(unsafe) var a = 1"),
        (6, "SuperOS", String(repeating: "\n", count: 401)),
    ])
    func aRuleNoticesWhatItForbids(rule: Int, target: String, text: String) {
        #expect(Rule.all[rule].offences(SourceFile(path: "Sources/\(target)/A.swift", text: text)) != [])
    }

    @Test(arguments: [
        (0, "SuperAPI", "import FoundationEssentials"), (0, "SuperDaemon", "import SuperOS"),
        (1, "SuperCore", "// async work and sleep are for others"), (1, "SuperCore", "let text = \"sleep 1\""),
        (1, "SuperCore", "let text = \"\"\"\n    async\n    \"\"\""), (1, "SuperCore", "struct TaskList {}"),
        (1, "SuperOS", "sleep(1)"), (2, "SuperOS", "import Glibc"), (3, "superd", "// never try! this"),
        (4, "SuperOS", "let mastodon = 1"),
        (5, "SuperOS", "/// One thread only.\nfinal class A: @unchecked Sendable {}"),
        (6, "SuperOS", String(repeating: "\n", count: 400)),
    ])
    func aRuleLetsPassWhatItAllows(rule: Int, target: String, text: String) {
        #expect(Rule.all[rule].offences(SourceFile(path: "Sources/\(target)/A.swift", text: text)) == [])
    }
}
