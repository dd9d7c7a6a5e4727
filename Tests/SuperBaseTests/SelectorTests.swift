import SuperBase
import Testing

@Suite struct SelectorTests {
    let names = ["cron", "db:main", "web:web_00", "web:web_01", "web:web_10", "workers:mail_worker", "web"]
        .compactMap { ProcessName($0) }

    private func select(_ words: String...) -> [String] {
        Selection(words, from: names).names.map(\.description)
    }

    @Test func aCombiningMarkBehindTheColonBelongsToTheName() throws {
        let name = try #require(ProcessName("x:\u{597}-x"))
        #expect(name == ProcessName(group: "x", process: "\u{597}-x"))
        #expect(Selection(["x:\u{597}-x", "x:*"], from: [name]).names == [name])
    }

    @Test func aBareGroupNameIsNotTheGroup() {
        let withoutTwin = names.filter { $0.description != "web" }
        let selection = Selection(["web"], from: withoutTwin)
        #expect(selection.names.isEmpty)
        #expect(selection.unknown == [.process("web")])
        #expect(select("web") == ["web"])
    }

    @Test(arguments: ["web:*", "web:"]) func aGroupIsNamedByItsColon(word: String) {
        #expect(select(word) == ["web:web_00", "web:web_01", "web:web_10", "web"])
    }

    @Test(arguments: ["all", "*"]) func allNamesEverythingInTheListsOrderWhateverElseIsSaid(word: String) {
        #expect(select("nosuch", word, "db:main") == names.map(\.description))
    }

    @Test func patternsMatchAnywhere() {
        #expect(select("*worker") == ["workers:mail_worker"])
        #expect(select("web:*_0[0-3]") == ["web:web_00", "web:web_01"])
        #expect(select("web_1?") == ["web:web_10"])
        #expect(select("d?:m*") == ["db:main"])
        #expect(select("[!w]*") == ["cron", "db:main", "workers:mail_worker"])
        #expect(select("w*s:") == ["workers:mail_worker"])
    }

    @Test func namesComeInTheOrderOfTheWordsAndOnce() {
        #expect(select("web:web_01", "cron", "web:web_0*") == ["web:web_01", "cron", "web:web_00"])
    }

    @Test func unknownWordsAreReportedEach() {
        let selection = Selection(["nosuch", "cron", "no:*", "web:x", "a:b:c", "", "x*y"], from: names)
        #expect(selection.names.map(\.description) == ["cron"])
        #expect(
            selection.unknown == [
                .process("nosuch"), .group("no"), .process("web:x"), .process("a:b:c"), .process(""), .process("x*y"),
            ])
    }

    @Test func anEmptyGroupIsKnown() {
        let selection = Selection(["empty:*", "gone:*"], from: names, groups: ["empty"])
        #expect(selection.names.isEmpty)
        #expect(selection.unknown == [.group("gone")])
    }

    @Test func aNameWithPatternCharactersStillNamesItself() {
        let odd = [ProcessName(group: "a[b", process: "a[b"), ProcessName(group: "g", process: "x[1]")]
        #expect(Selection(["a[b"], from: odd).names == [odd[0]])
        #expect(Selection(["g:x[1]"], from: odd).names == [odd[1]])
    }

    @Test func aPathologicalPatternTakesLinearSteps() {
        // An exponential matcher would not come back from this one.
        let pattern = String(repeating: "*a", count: 60) + "b"
        #expect(!Glob(pattern).matches(String(repeating: "a", count: 4_000)))
    }

    @Test(arguments: [
        ("", "", true), ("*", "", true), ("?", "", false), ("[]a]", "]", true), ("[a-", "[a-", true),
        ("[^a]", "b", true), ("[z-a]", "m", false), ("[a-]", "-", true), ("a*b*c", "axxbxxbc", true),
        ("a*b*c", "axxbxxb", false), ("é?", "éñ", true),
    ])
    func globTable(pattern: String, text: String, isMatch: Bool) {
        #expect(Glob(pattern).matches(text) == isMatch)
    }
}
