import SuperBase
import SuperHTTP
import Testing

@Suite struct MessageTests {
    @Test func whatIsWrittenIsReadBack() throws {
        let request = HTTPRequestHead(
            method: .post, target: "/v1/x?y=z", headers: ["Host": "localhost", "Content-Length": "2", "A": "b"])
        var bytes: [UInt8] = []
        request.write(into: &bytes)
        bytes += Array("hi".utf8)
        #expect(Outcome([bytes[...]]).messages == [.init(head: request, body: Array("hi".utf8), isComplete: true)])

        let response = HTTPResponseHead(.notFound, headers: ["Transfer-Encoding": "chunked"])
        bytes = []
        response.write(into: &bytes)
        HTTPChunk.write(Array("hello ".utf8), into: &bytes)
        HTTPChunk.write([], into: &bytes)
        HTTPChunk.write(Array(repeating: 120, count: 300), into: &bytes)
        HTTPChunk.writeEnd(into: &bytes)
        let outcome = AnswerOutcome([bytes[...]])
        #expect(outcome.head == response && outcome.isComplete && outcome.body.count == 306)
    }

    @Test func noValueCanSmuggleInAField() {
        var bytes: [UInt8] = []
        HTTPResponseHead(.ok, headers: ["X": "a\r\nSet-Cookie: b\0"]).write(into: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == "HTTP/1.1 200 OK\r\nX: a  Set-Cookie: b \r\n\r\n")
    }

    @Test func fieldsAreSetAndRemovedInAnyCase() {
        var headers: HTTPHeaders = ["A": "1", "b": "2", "a": "3"]
        headers.set("A", "4")
        #expect(headers.description == "b: 2\nA: 4")
        headers.remove("B")
        #expect(headers.count == 1 && !headers.contains("b"))
    }

    @Test(arguments: [
        (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
        (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"), (1_709_164_799, "Wed, 28 Feb 2024 23:59:59 GMT"),
        (4_107_542_399, "Sun, 28 Feb 2100 23:59:59 GMT"), (-1, "Wed, 31 Dec 1969 23:59:59 GMT"),
        (253_402_300_799, "Fri, 31 Dec 9999 23:59:59 GMT"), (-62_167_219_200, "Sat, 01 Jan 0000 00:00:00 GMT"),
    ])
    func aDateIsWrittenAndReadBack(_ seconds: Int, _ text: String) {
        #expect(HTTPDate.format(Int64(seconds)) == text)
        #expect(HTTPDate.parse(text) == Int64(seconds))
    }

    @Test(arguments: [
        "", "Sun, 06 Nov 1994 08:49:37", "Mon, 06 Nov 1994 08:49:37 GMT", "Sun, 31 Feb 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Nov 1994 08:49:+7 GMT",
    ])
    func whatIsNoDateIsRefused(_ text: String) {
        #expect(HTTPDate.parse(text) == nil)
    }

    @Test func everyDayOfFourCenturiesReadsBack() {
        for day in Int64(0)..<146_097 {
            let seconds = day * 86_400 + day % 86_400
            #expect(HTTPDate.parse(HTTPDate.format(seconds)) == seconds)
        }
    }

    @Test func aTargetIsTakenApart() {
        let target = HTTPTarget("/a%20b/c%2Fd?x=1+2&y&z=%C3%A9=")
        #expect(target.path == "/a%20b/c%2Fd")
        #expect(target.decodedPath == "/a b/c/d")
        #expect(target.segments == ["a b", "c/d"])
        #expect(target.queryItems?.map { "\($0.name):\($0.value)" } == ["x:1 2", "y:", "z:é="])
        #expect(HTTPTarget("http://host:80/a?b").path == "/a")
        #expect(HTTPTarget("HTTP://host?b").path == "/")
        #expect(HTTPTarget("/a").query == nil && HTTPTarget("/a?").query == "")
        #expect(HTTPTarget("/a//b/").segments == ["a", "", "b", ""])
    }

    @Test(arguments: ["%", "%4", "%zz", "%+1", "%ff", "%c3"])
    func malformedEncodingIsRefused(_ text: String) {
        #expect(PercentEncoding.decode(text) == nil)
        #expect(HTTPTarget("/x/\(text)").segments == nil)
        #expect(HTTPTarget("/?a=\(text)").queryItems == nil)
    }

    @Test func encodedTextDecodesToItself() {
        let text = "web:web_00/é ?&%+~\u{0}"
        let encoded = PercentEncoding.encode(text)
        #expect(encoded == "web%3Aweb_00%2F%C3%A9%20%3F%26%25%2B~%00")
        #expect(PercentEncoding.decode(encoded) == text)
    }

    @Test func aMethodIsItsName() {
        for name in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "get", "BREW"] {
            #expect(HTTPMethod(name).name == name)
        }
        #expect(HTTPMethod("get") != .get)
    }
}
