import SuperBase
import Testing

@testable import SuperAPI

@Suite struct AnswerTests {
    @Test func aCommandWhoseEffectIsThereAlreadyIsASuccess() throws {
        let results = ActionResults([
            ActionResult("a", .start, .ok), ActionResult("b", .start, .alreadyStarted),
            ActionResult("c", .stop, .notRunning), ActionResult("d", .add, .alreadyAdded),
            ActionResult("e", .roll, .replaced), ActionResult(scaled: "f", to: 8),
        ])
        let answer = StartProcesses(["a"]).answer(results)
        #expect(answer.status == 200)
        #expect(try JSON.decode(ActionResults.self, from: answer.body) == results)
    }

    @Test(arguments: [
        (ResultCode.noSuchProcess, Action.start, 404), (.badSignal, .signal, 400), (.timedOut, .start, 504),
        (.shuttingDown, .start, 503), (.spawnError, .start, 409), (.notRunning, .signal, 409),
        (.notRunning, .roll, 409), (.notReplaced, .roll, 409), (.restored, .roll, 409), (.notRolling, .roll, 409),
        (.notReplaced, .update, 409), (.dependencyFailed, .start, 409), (.noSuchProgram, .scale, 404),
    ])
    func aFailureIsAProblemThatCarriesAllResults(code: ResultCode, action: Action, status: Int) throws {
        let results = [ActionResult("a", action, .ok), ActionResult("b", action, code)]
        let answer = StartProcesses(["a"]).answer(ActionResults(results))
        #expect(answer.status == status)
        #expect(answer.contentType == "application/problem+json")
        let problem = try JSON.decode(Problem.self, from: answer.body)
        #expect(problem.results == results)
        #expect(problem.detail.hasPrefix("b: "))
        #expect(problem.kind?.status == status)
    }

    @Test(arguments: [
        (ActionResult("a", .roll, .notReplaced, message: "it hangs"), "a: not replaced: it hangs"),
        (ActionResult("a", .roll, .notReplaced), "a: not replaced"),
        (ActionResult("a", .update, .notReplaced, message: "a:b: it hangs"), "a: a:b: it hangs"),
        (ActionResult("a", .start, .dependencyFailed, message: "db is FATAL"), "a: dependency: db is FATAL"),
        (ActionResult("a", .start, .dependencyFailed), "a: a dependency failed"),
        (ActionResult("a", .start, .spawnError, message: "no such user"), "a: no such user"),
        (ActionResult("a", .roll, .restored), "a: went back to its old configuration"),
    ])
    func aResultIsASentence(result: ActionResult, sentence: String) {
        #expect(result.sentence == sentence)
    }

    @Test func aLogChunkKeepsBytesThatAreNotUTF8() throws {
        let chunk = LogChunk([0xff, 0x41], offset: 10, size: 12)
        let read = try JSON.decode(LogChunk.self, from: JSON.encode(chunk))
        #expect(read.bytes == [0xff, 0x41])
        #expect(read.nextOffset == 12)
        #expect(LogChunk(Array("é".utf8), offset: 0, size: 2).base64 == nil)
    }

    @Test(arguments: [
        (0, 0, 10, 0..<10), (3, 4, 10, 3..<7), (3, 99, 10, 3..<10), (20, 0, 10, 10..<10), (-4, 0, 10, 6..<10),
        (-40, 0, 10, 0..<10), (Int.min, 0, 10, 0..<10), (0, 0, 2 << 20, 0..<1 << 20), (5, Int.max, 10, 5..<10),
    ])
    func rangesOfALog(offset: Int, length: Int, size: Int, range: Range<Int>) throws {
        #expect(try LogRange.range(offset: offset, length: length, size: size) == range)
    }

    @Test func aLengthBesideANegativeOffsetIsRefused() {
        #expect(throws: Problem.self) { try LogRange.range(offset: -1, length: 1, size: 9) }
        #expect(throws: Problem.self) { try LogRange.range(offset: 0, length: -1, size: 9) }
    }

    @Test(arguments: [
        ("a\nb\nc\n", 2, "b\nc\n"), ("a\nb\nc", 2, "b\nc"), ("a\n", 5, "a\n"), ("", 1, ""), ("a\nb\n", 0, ""),
        ("\n\n\n", 1, "\n"),
    ])
    func theLastLines(text: String, count: Int, expected: String) {
        let bytes = Array(text.utf8)
        let start = LogRange.startOfLines(count, in: bytes)
        #expect(String(decoding: bytes[start...], as: UTF8.self) == expected)
    }

    @Test func eventsSurviveAnyCutOfTheirBytes() {
        let events = [
            ServerSentEvent(id: "1", name: "log", data: #"{"a":"x"}"#),
            ServerSentEvent(id: "2", name: "message", data: "two\nlines"),
        ]
        let bytes = Array((ServerSentEvent.comment("hello") + events.map(\.text).joined()).utf8)
        for cut in 0...bytes.count {
            var reader = ServerSentEvent.Reader()
            #expect(reader.read(bytes[..<cut]) + reader.read(bytes[cut...]) == events)
            #expect(reader.lastComment == "hello")
        }
    }
}

@Suite struct JSONTests {
    private let value: OptionValue = .map([
        .init("z", .integer(-1)), .init("a", .list([.text("\u{1}\"\\\n\u{1F600}"), .none, .boolean(true)])),
        .init("e", .map([])), .init("l", .list([])),
    ])

    @Test func keysComeInTheOrderGiven() {
        #expect(
            JSON.text(value) == #"{"z":-1,"a":["\u0001\"\\\n😀",null,true],"e":{},"l":[]}"#)
    }

    @Test func prettyTextIsIndented() {
        let pretty = JSON.text(.map([.init("a", .list([.integer(1), .map([])]))]), pretty: true)
        #expect(pretty == "{\n  \"a\": [\n    1,\n    {}\n  ]\n}")
    }

    @Test func whatIsWrittenReadsBack() throws {
        guard case .map(let entries) = value else { return }
        let sorted = OptionValue.map(entries.sorted { $0.key < $1.key })
        #expect(try JSON.parse(Array(JSON.text(value).utf8)) == sorted)
        #expect(try JSON.parse(Array(JSON.text(value, pretty: true).utf8)) == sorted)
    }

    @Test func aMissingFieldIsNamed() {
        #expect(throws: JSON.Failure(description: "message is missing")) {
            try JSON.decode(Accepted.self, from: Array("{}".utf8))
        }
    }
}
