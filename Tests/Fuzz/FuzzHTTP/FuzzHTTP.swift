import SuperHTTP

/// Parses the input as a request and as an answer, whole and in pieces whose sizes its first byte decides: nothing may
/// trap, and the result may not depend on the pieces.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzHTTP(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    guard let first = input.first else { return 0 }
    let bytes = input[1...]
    let size = Int(first % 16) + 1

    precondition(requests(in: bytes, piece: .max) == requests(in: bytes, piece: size), "requests differ by split")
    let method: HTTPMethod = first >= 128 ? .head : .get
    precondition(
        answer(in: bytes, to: method, piece: .max) == answer(in: bytes, to: method, piece: size),
        "answers differ by split")
    return 0
}

/// Everything that came out, with pieces of content joined.
private enum Part: Equatable {
    case request(HTTPRequestHead)
    case response(HTTPResponseHead)
    case body([UInt8])
    case end
    case error(HTTPParseError)
}

private func requests(in bytes: ArraySlice<UInt8>, piece: Int) -> [Part] {
    var parser = RequestParser()
    var parts: [Part] = []
    forEachPiece(of: bytes, size: piece) { piece in
        parser.receive(piece.span)
        do throws(HTTPParseError) {
            while let event = try parser.next() {
                switch event {
                case .head(let head):
                    parts.append(.request(head))
                    exercise(head)
                case .body(let piece): join(piece, to: &parts)
                case .end: parts.append(.end)
                }
            }
            return true
        } catch {
            parts.append(.error(error))
            return false
        }
    }
    return parts
}

private func answer(in bytes: ArraySlice<UInt8>, to method: HTTPMethod, piece: Int) -> [Part] {
    var parser = ResponseParser(answering: method)
    var parts: [Part] = []
    func take() -> Bool {
        do throws(HTTPParseError) {
            while let event = try parser.next() {
                switch event {
                case .head(let head): parts.append(.response(head))
                case .body(let piece): join(piece, to: &parts)
                case .end: parts.append(.end)
                }
            }
            return true
        } catch {
            parts.append(.error(error))
            return false
        }
    }
    var isGood = true
    forEachPiece(of: bytes, size: piece) { piece in
        parser.receive(piece.span)
        isGood = take()
        return isGood
    }
    if isGood {
        parser.receiveEnd()
        _ = take()
    }
    return parts
}

/// Calls everything that takes a head apart, and reads back what it writes.
private func exercise(_ head: HTTPRequestHead) {
    let target = HTTPTarget(head.target)
    _ = target.segments
    _ = target.decodedPath
    _ = target.queryItems
    _ = head.keepsAlive
    for (_, value) in head.headers { _ = HTTPDate.parse(value) }
    var written: [UInt8] = []
    head.write(into: &written)
    var parser = RequestParser()
    parser.receive(written.span)
    let again = try? parser.next()
    precondition(again == .head(head), "a written head reads back as another")
}

private func join(_ piece: ArraySlice<UInt8>, to parts: inout [Part]) {
    if case .body(let before) = parts.last {
        parts[parts.count - 1] = .body(before + piece)
    } else {
        parts.append(.body(Array(piece)))
    }
}

private func forEachPiece(of bytes: ArraySlice<UInt8>, size: Int, _ body: (ArraySlice<UInt8>) -> Bool) {
    var rest = bytes
    while !rest.isEmpty {
        guard body(rest.prefix(size)) else { return }
        rest = rest.dropFirst(size)
    }
}
