import SuperBase
import SuperHTTP
import Testing

@Suite struct RequestParserTests {
    @Test func theCorpusIsThere() {
        #expect(Corpus.valid.count >= 16)
        #expect(Corpus.invalid.count >= 50)
    }

    @Test(arguments: Corpus.valid)
    func aValidRequestIsReadToItsEnd(_ sample: Corpus.Sample) {
        let outcome = Outcome([sample.bytes[...]])
        #expect(outcome.error == nil)
        #expect(!outcome.messages.isEmpty)
        #expect(outcome.messages.allSatisfy { $0.isComplete })
    }

    @Test(arguments: Corpus.invalid)
    func anInvalidRequestIsRefusedWithTheStatusInItsName(_ sample: Corpus.Sample) {
        let outcome = Outcome([sample.bytes[...]])
        #expect(outcome.error.map { String($0.status.code) } == String(sample.name.prefix(3)))
        #expect(outcome.messages.allSatisfy { !$0.isComplete })
    }

    @Test(arguments: Corpus.valid + Corpus.invalid)
    func everySplitGivesTheSameResult(_ sample: Corpus.Sample) {
        let whole = Outcome([sample.bytes[...]])
        forEverySplit(sample.bytes) { pieces, split in
            #expect(Outcome(pieces) == whole, "split \(split)")
        }
    }

    @Test func everySplitGivesTheSameResultUnderTightLimits() {
        var limits = HTTPLimits()
        limits.startLine = ByteSize(bytes: 18)
        limits.head = ByteSize(bytes: 50)
        limits.fields = 2
        limits.body = ByteSize(bytes: 6)
        for sample in Corpus.valid + Corpus.invalid {
            let whole = Outcome([sample.bytes[...]], limits: limits)
            forEverySplit(sample.bytes) { pieces, split in
                #expect(Outcome(pieces, limits: limits) == whole, "\(sample) split \(split)")
            }
        }
    }

    @Test func theHeadHasWhatWasSent() throws {
        let outcome = Outcome("PUT /a%20b?c=d HTTP/1.1\r\nHost: x\r\nX-One: 1\r\nx-one: \t2 \r\n\r\n")
        let head = try #require(outcome.messages.first?.head)
        #expect(head.method == .put)
        #expect(head.target == "/a%20b?c=d")
        #expect(head.version == .http11)
        #expect(head.headers.map { "\($0.name)=\($0.value)" } == ["Host=x", "X-One=1", "x-one=2"])
        #expect(head.headers["X-ONE"] == "1")
        #expect(head.headers.values("x-One") == ["1", "2"])
        #expect(head.headers["X-On"] == nil)
    }

    @Test func chunksAreJoinedAndTrailersDropped() {
        let outcome = Outcome(
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nA;x=\"y\"\r\n0123456789\r\n1 ;z\r\n!\r\n0\r\nHost: evil\r\n\r\n"
        )
        #expect(outcome.error == nil)
        #expect(outcome.messages.map { String(decoding: $0.body, as: UTF8.self) } == ["0123456789!"])
        #expect(outcome.messages.first?.head.headers.values("Host") == ["a"])
    }

    @Test func bytesBehindARequestBelongToTheNext() {
        let outcome = Outcome(
            "POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcGET /2 HTTP/1.1\r\nHost: a\r\n\r\nGET /3")
        #expect(outcome.messages.map(\.head.target) == ["/1", "/2"])
        #expect(outcome.messages.map { String(decoding: $0.body, as: UTF8.self) } == ["abc", ""])
    }

    @Test(arguments: [
        (8_192, nil), (8_193, HTTPParseError.startLineTooLong),
    ])
    func theRequestLineMayHave8KiB(_ length: Int, _ expected: HTTPParseError?) {
        let rest = "GET / HTTP/1.1\r\n".utf8.count
        let target = "/" + String(repeating: "a", count: length - rest)
        #expect(Outcome("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n").error == expected)
    }

    @Test func aRequestLineWithoutEndIsRefusedAtItsLimit() {
        #expect(Outcome(String(repeating: "a", count: 8_191)).error == nil)
        #expect(Outcome(String(repeating: "a", count: 8_192)).error == .startLineTooLong)
    }

    @Test(arguments: [(65_536, nil), (65_537, HTTPParseError.headTooLarge)])
    func theHeadMayHave64KiB(_ length: Int, _ expected: HTTPParseError?) {
        let rest = "GET / HTTP/1.1\r\nHost: a\r\nX: \r\n\r\n".utf8.count
        let value = String(repeating: "v", count: length - rest)
        #expect(Outcome("GET / HTTP/1.1\r\nHost: a\r\nX: \(value)\r\n\r\n").error == expected)
    }

    @Test(arguments: [(99, nil), (100, HTTPParseError.tooManyFields)])
    func aHeadMayHave100Fields(_ further: Int, _ expected: HTTPParseError?) {
        let fields = String(repeating: "X: y\r\n", count: further)
        #expect(Outcome("GET / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n").error == expected)
    }

    @Test func trailersHaveTheLimitsOfAHead() {
        let chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
        #expect(Outcome(chunked + String(repeating: "X: y\r\n", count: 100) + "\r\n").error == nil)
        #expect(Outcome(chunked + String(repeating: "X: y\r\n", count: 101)).error == .tooManyFields)
        #expect(Outcome(chunked + "X: " + String(repeating: "y", count: 65_536)).error == .headTooLarge)
    }

    @Test func aBodyOverTheLimitIsRefusedBeforeItIsRead() {
        let limits = HTTPLimits(body: ByteSize(bytes: 4))
        #expect(Outcome("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nabcd", limits: limits).error == nil)
        #expect(
            Outcome("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n", limits: limits).error == .bodyTooLarge)
        let chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"
        #expect(Outcome(chunked + "1\r\nd\r\n0\r\n\r\n", limits: limits).error == nil)
        #expect(Outcome(chunked + "2\r\n", limits: limits).error == .bodyTooLarge)
    }

    @Test(arguments: [
        ("HTTP/1.1", "", true), ("HTTP/1.1", "Connection: close\r\n", false),
        ("HTTP/1.1", "Connection: x, Close\r\n", false), ("HTTP/1.0", "", false),
        ("HTTP/1.0", "Connection: Keep-Alive\r\n", true), ("HTTP/1.0", "Connection: keep-alive, close\r\n", false),
    ])
    func theConnectionIsKeptAsTheVersionSays(_ version: String, _ field: String, _ keeps: Bool) {
        #expect(Outcome("GET / \(version)\r\nHost: a\r\n\(field)\r\n").messages.first?.head.keepsAlive == keeps)
    }

    @Test func onlyAnHTTP11ClientIsToldToContinue() {
        for (version, expected) in [("HTTP/1.1", true), ("HTTP/1.0", false)] {
            let outcome = Outcome("POST / \(version)\r\nHost: a\r\nExpect: 100-Continue\r\nContent-Length: 0\r\n\r\n")
            #expect(outcome.messages.first?.head.expectsContinue == expected)
        }
    }

    @Test func theParserKnowsWhetherItIsBetweenRequests() throws {
        var parser = RequestParser()
        #expect(parser.isBetweenRequests)
        parser.receive(Array("GET / HTTP/1.1\r\nHost: a\r\n".utf8).span)
        #expect(try parser.next() == nil)
        #expect(!parser.isBetweenRequests)
        parser.receive(Array("Content-Length: 1\r\n\r\n".utf8).span)
        _ = try parser.next()
        #expect(parser.expectsContent)
    }

    @Test func everyErrorHasAStatusAndItsOwnSentence() {
        #expect(HTTPParseError.allCases.allSatisfy { (400...505).contains($0.status.code) })
        #expect(Set(HTTPParseError.allCases.map(\.description)).count == HTTPParseError.allCases.count)
    }
}
