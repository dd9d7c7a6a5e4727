import SuperBase
import SuperHTTP

/// What came out of a parser, with pieces of content put together: the part that must not depend on the split.
struct Outcome: Equatable {
    struct Message: Equatable {
        var head: HTTPRequestHead
        var body: [UInt8] = []
        var isComplete = false
    }

    var messages: [Message] = []
    var error: HTTPParseError?

    /// Parses the bytes in the pieces given.
    init(_ pieces: [ArraySlice<UInt8>], limits: HTTPLimits = HTTPLimits()) {
        var parser = RequestParser(limits: limits)
        do {
            for piece in pieces {
                parser.receive(piece.span)
                while let event = try parser.next() {
                    switch event {
                    case .head(let head): messages.append(Message(head: head))
                    case .body(let bytes): messages[messages.count - 1].body += bytes
                    case .end: messages[messages.count - 1].isComplete = true
                    }
                }
            }
        } catch {
            self.error = error
        }
    }

    init(_ text: String, limits: HTTPLimits = HTTPLimits()) {
        self.init([Array(text.utf8)[...]], limits: limits)
    }
}

/// What came out of a parser of answers.
struct AnswerOutcome: Equatable {
    var head: HTTPResponseHead?
    var body: [UInt8] = []
    var isComplete = false
    var canReuse = false
    var error: HTTPParseError?

    init(
        _ pieces: [ArraySlice<UInt8>], answering method: HTTPMethod = .get, closes: Bool = false,
        limits: HTTPLimits = .client
    ) {
        var parser = ResponseParser(answering: method, limits: limits)
        do {
            for piece in pieces {
                parser.receive(piece.span)
                try take(from: &parser)
            }
            if closes {
                parser.receiveEnd()
                try take(from: &parser)
            }
            canReuse = isComplete && parser.canReuseConnection
        } catch {
            self.error = error
        }
    }

    init(
        _ text: String, answering method: HTTPMethod = .get, closes: Bool = false, limits: HTTPLimits = .client
    ) {
        self.init([Array(text.utf8)[...]], answering: method, closes: closes, limits: limits)
    }

    private mutating func take(from parser: inout ResponseParser) throws(HTTPParseError) {
        while let event = try parser.next() {
            switch event {
            case .head(let head): self.head = head
            case .body(let bytes): body += bytes
            case .end: isComplete = true
            }
        }
    }
}

/// Calls `body` with the bytes split in two at every place, byte by byte, and at places drawn from seeds.
func forEverySplit(_ bytes: [UInt8], _ body: (_ pieces: [ArraySlice<UInt8>], _ split: String) -> Void) {
    for place in bytes.indices { body([bytes[..<place], bytes[place...]], "at \(place)") }
    body(bytes.indices.map { bytes[$0...$0] }, "into bytes")
    for seed in UInt64(1)...20 {
        var random = SplitMix(state: seed)
        var pieces: [ArraySlice<UInt8>] = []
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, start + Int(random.next() % 12))
            pieces.append(bytes[start..<end])
            start = end
        }
        body(pieces, "with seed \(seed)")
    }
}

/// Numbers that look random and are the same in each run.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
