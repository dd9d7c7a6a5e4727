import SuperBase
import SuperHTTP
import Testing

@Suite struct ResponseParserTests {
    @Test(arguments: [
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", true),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", true),
        ("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello", false),
        ("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200\r\nContent-Length: 5\r\n\r\nhello", true),
        ("HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", false),
    ])
    func anAnswerIsReadToItsEndHoweverItIsSplit(_ text: String, _ canReuse: Bool) {
        forEverySplit(Array(text.utf8)) { pieces, split in
            let outcome = AnswerOutcome(pieces)
            #expect(outcome.head?.status == .ok, "split \(split)")
            #expect(String(decoding: outcome.body, as: UTF8.self) == "hello", "split \(split)")
            #expect(outcome.isComplete && outcome.canReuse == canReuse, "split \(split)")
        }
    }

    @Test func anAnswerWithoutLengthEndsWithTheConnection() {
        let text = "HTTP/1.1 200 OK\r\n\r\nhello"
        #expect(!AnswerOutcome(text).isComplete)
        let outcome = AnswerOutcome(text, closes: true)
        #expect(outcome.isComplete && !outcome.canReuse && outcome.body == Array("hello".utf8))
    }

    @Test(arguments: [
        "", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n", "HTTP/1.1 100 Continue\r\n\r\n",
    ])
    func anAnswerThatIsCutOffIsNoAnswer(_ text: String) {
        #expect(AnswerOutcome(text, closes: true).error == .truncated)
    }

    @Test(arguments: [
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", HTTPMethod.head),
        ("HTTP/1.1 204 No Content\r\n\r\n", .get), ("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", .get),
        ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", .get),
    ])
    func anAnswerWithoutContentEndsWithItsHead(_ text: String, _ method: HTTPMethod) {
        let outcome = AnswerOutcome(text, answering: method)
        #expect(outcome.isComplete && outcome.canReuse && outcome.body.isEmpty)
    }

    @Test(arguments: [
        ("HTTP/1.1 20 OK\r\n\r\n", HTTPParseError.badStatusLine), ("HTTP/1.1 2000 OK\r\n\r\n", .badStatusLine),
        ("HTTP/1.1200 OK\r\n\r\n", .badStatusLine), ("HTTP/2.0 200 OK\r\n\r\n", .unsupportedVersion),
        ("\r\nHTTP/1.1 200 OK\r\n\r\n", .badStatusLine), ("SSH-2.0-OpenSSH\r\n", .badStatusLine),
        ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", .conflictingLengths),
        ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", .badContentLength),
    ])
    func aMalformedAnswerIsRefused(_ text: String, _ error: HTTPParseError) {
        #expect(AnswerOutcome(text).error == error)
    }

    @Test func contentUpToTheEndOfTheConnectionHasItsLimitHoweverItIsSplit() {
        let limits = HTTPLimits(body: ByteSize(bytes: 4))
        forEverySplit(Array("HTTP/1.1 200 OK\r\n\r\nhello".utf8)) { pieces, split in
            let outcome = AnswerOutcome(pieces, limits: limits)
            #expect(outcome.error == .bodyTooLarge && outcome.body == Array("hell".utf8), "split \(split)")
        }
    }

    @Test func aSecondAnswerIsReadOnTheSameConnection() throws {
        var parser = ResponseParser(answering: .head)
        parser.receive(
            Array(
                "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 1\r\n\r\nx".utf8
            ).span)
        var statuses: [Int] = []
        var contents = 0
        for method in [HTTPMethod.head, .get] {
            parser.expectAnswer(to: method)
            while let event = try parser.next() {
                switch event {
                case .head(let head): statuses.append(head.status.code)
                case .body(let piece): contents += piece.count
                case .end: break
                }
            }
        }
        #expect(statuses == [200, 404])
        #expect(contents == 1)
    }
}
