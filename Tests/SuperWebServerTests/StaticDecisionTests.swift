import SuperHTTP
import SuperWebCore
import Testing

@Suite struct StaticDecisionTests {
    @Test(arguments: [
        ("/", "", true), ("/a", "a", false), ("/a/", "a", true), ("//a//b", "a/b", false), ("/./a/.", "a", true),
        ("/a%20b", "a b", false), ("/caf%C3%A9", "café", false), ("/.well-known/x", ".well-known/x", false),
        ("/a..b/c...", "a..b/c...", false), ("/a?b=/../", "a", false), ("http://x/a", "a", false),
    ])
    func aPlainPathIsServed(_ target: String, _ path: String, _ namesFolder: Bool) throws {
        let place = try StaticPath(HTTPTarget(target))
        #expect(place.path == path && place.namesFolder == namesFolder)
    }

    @Test(arguments: [
        ("/..", 400), ("/../etc/passwd", 400), ("/a/../b", 400), ("/%2e%2e/x", 400), ("/.%2E/x", 400),
        ("/..%2fetc", 404), ("/a%2Fb", 404), ("/a%00b", 400), ("/%zz", 400), ("/%ff", 400), ("/.git/config", 404),
        ("/a/.env", 404), ("/...", 404), ("*", 400),
    ])
    func anythingElseIsRefused(_ target: String, _ status: Int) {
        #expect(throws: StaticPath.Refusal(status: HTTPStatus(code: status))) { try StaticPath(HTTPTarget(target)) }
    }

    @Test(arguments: [
        ("/a", "/a/"), ("//evil.example/x", "/evil.example/x/"), ("/a%20b?c=d", "/a%20b/?c=d"),
        ("/a%0d%0ab", "/a%0D%0Ab/"),
    ])
    func aFolderIsRedirectedToWithinThisServer(_ target: String, _ location: String) throws {
        let parts = HTTPTarget(target)
        #expect(try StaticPath(parts).locationWithSlash(query: parts.query) == location)
    }

    @Test(arguments: [
        ("index.html", "text/html; charset=utf-8"), ("a.CSS", "text/css; charset=utf-8"),
        ("a.tar.gz", "application/gzip"),
        ("a.mjs", "text/javascript; charset=utf-8"), ("a.svg", "image/svg+xml"), ("a.wasm", "application/wasm"),
        ("README", "application/octet-stream"), ("a.", "application/octet-stream"),
        ("a.b/c.txt", "text/plain; charset=utf-8"),
    ])
    func theTypeFollowsFromTheName(_ name: String, _ type: String) {
        #expect(ContentType.ofFile(name) == type)
    }

    private let facts = FileFacts(size: 1_000, modifiedSeconds: 784_111_777, modifiedNanoseconds: 5)
    private let date = "Sun, 06 Nov 1994 08:49:37 GMT"

    private func answer(_ headers: HTTPHeaders, _ method: HTTPMethod = .get, size: Int = 1_000) -> FileAnswer {
        let facts = FileFacts(size: size, modifiedSeconds: 784_111_777, modifiedNanoseconds: 5)
        return FileAnswer(
            HTTPRequestHead(method: method, target: "/", headers: headers), facts: facts, contentType: "x/y")
    }

    @Test func aFileIsSentWholeWithItsValidators() {
        let answer = answer([:])
        #expect(answer.status == .ok && answer.range == 0..<1_000)
        #expect(answer.headers["Content-Type"] == "x/y")
        #expect(answer.headers["Last-Modified"] == date)
        #expect(answer.headers["ETag"] == facts.entityTag)
        #expect(answer.headers["Accept-Ranges"] == "bytes")
    }

    @Test func theTagChangesWithSizeAndTime() {
        let tags = [
            facts, FileFacts(size: 1_001, modifiedSeconds: 784_111_777, modifiedNanoseconds: 5),
            FileFacts(size: 1_000, modifiedSeconds: 784_111_777, modifiedNanoseconds: 6),
        ].map(\.entityTag)
        #expect(Set(tags).count == 3)
    }

    @Test func anUnchangedFileIsNotSentAgain() {
        let tag = facts.entityTag
        for value in [tag, "W/\(tag)", "\"x\", \(tag)", "*"] {
            #expect(answer(["If-None-Match": value]).status == .notModified)
        }
        #expect(answer(["If-Modified-Since": date]).status == .notModified)
        #expect(answer(["If-Modified-Since": date]).range == nil)
        #expect(answer(["If-Modified-Since": "Sun, 06 Nov 1994 08:49:36 GMT"]).status == .ok)
        #expect(answer(["If-Modified-Since": "yesterday"]).status == .ok)
        // A tag that differs outweighs a date that does not.
        #expect(answer(["If-None-Match": "\"x\"", "If-Modified-Since": date]).status == .ok)
    }

    @Test(arguments: [
        ("bytes=0-0", 0..<1), ("bytes=0-999", 0..<1_000), ("bytes=990-", 990..<1_000), ("bytes=-10", 990..<1_000),
        ("bytes=-5000", 0..<1_000), ("bytes=500-99999999999999999999", 500..<1_000), ("Bytes=1-2", 1..<3),
    ])
    func oneRangeIsSentByItself(_ range: String, _ expected: Range<Int>) {
        let answer = answer(["Range": range])
        #expect(answer.status == .partialContent && answer.range == expected)
        #expect(answer.headers["Content-Range"] == "bytes \(expected.lowerBound)-\(expected.upperBound - 1)/1000")
    }

    @Test(arguments: ["bytes=1000-", "bytes=5000-6000", "bytes=-0", "bytes=99999999999999999999-"])
    func aRangeBeyondTheEndIsRefused(_ range: String) {
        let answer = answer(["Range": range])
        #expect(answer.status == .rangeNotSatisfiable && answer.range == nil)
        #expect(answer.headers["Content-Range"] == "bytes */1000")
    }

    @Test(arguments: [
        "bytes=5-2", "bytes=a-b", "bytes=1-2,4-5", "lines=1-2", "bytes=", "bytes=-", "bytes=--1", "bytes=+1-2",
    ])
    func whatIsNoSingleRangeIsIgnored(_ range: String) {
        #expect(answer(["Range": range]).status == .ok)
    }

    @Test func aRangeIsForGetAndForTheVersionTheClientHas() {
        #expect(answer(["Range": "bytes=0-1"], .head).status == .ok)
        #expect(answer(["Range": "bytes=0-1", "If-Range": facts.entityTag]).status == .partialContent)
        #expect(answer(["Range": "bytes=0-1", "If-Range": date]).status == .partialContent)
        #expect(answer(["Range": "bytes=0-1", "If-Range": "\"x\""]).status == .ok)
        #expect(answer(["Range": "bytes=0-"], size: 0).status == .rangeNotSatisfiable)
        #expect(answer([:], size: 0).range == 0..<0)
    }
}
