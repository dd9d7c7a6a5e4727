import SuperBase
import SuperConfig
import SuperOptions
import Testing

/// The variables that `environment=` gives in a program; nil where it is refused.
private func variables(_ text: String) -> [String: String]? {
    var draft = ProgramDraft()
    guard let row = OptionTable.program.first(where: { $0.name == "environment" }) else { return nil }
    guard (try? row.read(.text(text), FakeFiles().source.context, &draft)) != nil else { return nil }
    return Dictionary(draft.process.environment.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
}

@Test func theGrammarIsSupervisors() throws {
    let cases = try JSONTree.corpus("environment/grammar.json").elements
    #expect(cases.count >= 60)
    for example in cases {
        let text = example["text"]?.text ?? ""
        let expected = example["result"]?.members.mapValues { $0.text ?? "" }
        #expect(variables(text) == expected, "\(text.debugDescription)")
    }
}

@Test(arguments: ["A=a b", "A='say \"x\"'", "A=x#y", "A=http://x/y?z=1", "A=$,B=1", "\"Q\"=1", "A=it's", "A=1;B=2"])
func whatTheGrammarLosesIsWarnedOf(_ text: String) {
    let result = loadProgram("environment=\(text)")
    #expect(result.configuration != nil)
    #expect(result.warnings.contains { $0.kind == "value.doubtful" && $0.option == "environment" })
}

@Test(arguments: ["A=1,B=2", "A=\"a,b\",B='c d',", "A=\"it's\"", "A=\"#\"", "A=\"\"", ""])
func aSoundListIsNotWarnedOf(_ text: String) {
    #expect(loadProgram("environment=\(text)").diagnostics == [])
}

@Test func theFirstMentionKeepsThePlaceAndTheLastOneWins() {
    let result = load("[supervisord]\nenvironment=A=1,B=2\n[program:a]\ncommand=x\nenvironment=C=3,A=4\n")
    let environment = result.configuration?.groups.first?.processes.first?.environment
    #expect(
        environment == [EnvironmentVariable("A", "4"), EnvironmentVariable("B", "2"), EnvironmentVariable("C", "3")])
}
