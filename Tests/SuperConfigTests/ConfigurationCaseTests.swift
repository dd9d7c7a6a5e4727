import SuperBase
import SuperConfig
import Testing

/// One file, and what it must come to.
private struct ConfigurationCase: CustomTestStringConvertible, Sendable {
    var tree: JSONTree
    var defaults: JSONTree
    var name: String { tree["name"]?.text ?? "" }
    var testDescription: String { name }

    static let all: [ConfigurationCase] = {
        guard let corpus = try? JSONTree.corpus("config-cases.json"), let defaults = corpus["defaults"] else {
            return []
        }
        return (corpus["cases"]?.elements ?? []).map { ConfigurationCase(tree: $0, defaults: defaults) }
    }()

    /// The case's files in `/base/here`, with `/base/here/main.conf` as the main one.
    func load(asMain: Bool = false) -> LoadResult {
        var fake = FakeFiles()
        fake.isOffline = true
        for (name, value) in tree["env"]?.members ?? [:] { fake.environment[name] = value.text }
        var files = tree["files"]?.members.mapValues { Array(($0.text ?? "").utf8) } ?? [:]
        files["main.conf"] = tree["conf_b64"]?.text.map(decodeBase64) ?? Array((tree["conf"]?.text ?? "").utf8)
        if tree["mode"]?.text == "included", !asMain {
            files["included.conf"] = files["main.conf"]
            files["main.conf"] = Array("[supervisord]\n[include]\nfiles=included.conf\n".utf8)
        }
        for (name, bytes) in files { fake.files["/base/here/\(name)"] = bytes }
        return fake.load()
    }

    /// The whole report that the case expects, every default filled in.
    var expected: JSONTree {
        let expect = tree["expect"] ?? .null
        let process = defaults["process"] ?? .null
        var members = expect.members
        members["supervisord"] = (defaults["supervisord"] ?? .null).merging(expect["supervisord"] ?? .null)
        members["groups"] = .array(
            (expect["groups"]?.elements ?? []).map { group in
                let processes = (group["processes"]?.elements ?? []).map { process.merging($0) }
                return group.merging(.object(["processes": .array(processes)]))
            })
        members["http_servers"] = .array(expect["http_servers"]?.elements ?? [])
        members["rpcinterfaces"] = .array(expect["rpcinterfaces"]?.elements ?? [])
        members["warnings"] = .array(expect["warnings"]?.elements ?? [])
        return JSONTree.object(members).mapTexts { text in
            replace("{CWD}", "/base", in: replace("{BASE}", "/", in: replace("{HERE}", "/base/here", in: text)))
        }
    }
}

private func replace(_ mark: String, _ value: String, in text: String) -> String {
    text.split(separator: mark, omittingEmptySubsequences: false).joined(separator: value)
}

/// The report of a result, without what no case tells.
private func report(_ result: LoadResult) -> JSONTree {
    var members = JSONTree(ConfigurationReport.value(of: result)).members
    members["notes"] = nil
    return .object(members)
}

/// Whether the first error has the class, section, option and further facts of the case.
private func expectError(_ result: LoadResult, _ expected: JSONTree) {
    let error = JSONTree(ConfigurationReport.value(of: result))["error"] ?? .null
    for (key, value) in expected.members {
        #expect(error[key == "cls" ? "class" : key] == value, "\(key) of \(error)")
    }
}

@Test func allEightyOneCasesAreThere() {
    #expect(ConfigurationCase.all.count == 81)
}

@Test(arguments: ConfigurationCase.all)
private func theReportIsExactlyAsExpected(of example: ConfigurationCase) {
    if let error = example.tree["error"] {
        expectError(example.load(), error)
        return
    }
    if let error = example.tree["as_main_error"] { expectError(example.load(asMain: true), error) }
    let actual = report(example.load())
    let expected = example.expected
    for key in Set(actual.members.keys).union(expected.members.keys) {
        #expect(actual[key] == expected[key], "\(key)")
    }
}
