import SuperBase
import SuperOS
import Testing

@testable import SuperKeeper

/// Packets between keeper and brain.
struct ChannelTests {
    private func pair() throws -> (Channel, Channel) {
        let (ours, theirs) = try Channel.pair()
        return (ours, try Channel(theirs))
    }

    @Test(arguments: [0, 1, 32 << 10, (32 << 10) + 1, 1 << 20, 16 << 20]) func aBodyOfAnySizeArrivesWhole(
        size: Int
    ) throws {
        let (a, b) = try pair()
        let body = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        try a.send(body)
        #expect(try b.receive()?.body == body)
        #expect(try b.receive() == nil)
    }

    @Test(arguments: [3, 100_000]) func descriptorsComeWithTheirBody(size: Int) throws {
        let (a, b) = try pair()
        let pipes = [try Pipe(), try Pipe()]
        try a.send([UInt8](repeating: 7, count: size), pipes.map(\.writeEnd))
        let message = try #require(try b.receive())
        #expect(message.body.count == size)
        #expect(message.descriptors.count == 2)
        try message.descriptors[1].writeAll(Array("second".utf8))
        #expect(try pipes[1].readEnd.readText(6) == "second")
    }

    @Test func whatTheSocketDoesNotTakeComesLaterInOrder() throws {
        let (a, b) = try pair()
        for number in UInt64(0)..<5_000 {
            try a.send(BrainMessage.pong(number: number).bytes)
        }
        #expect(a.hasUnsent)
        var heard: [UInt64] = []
        while heard.count < 5_000 {
            while let (body, _) = try b.receive() {
                if case .pong(let number)? = try BrainMessage(bytes: body) { heard.append(number) }
            }
            try a.flush()
        }
        #expect(heard == Array(0..<5_000))
        #expect(!a.hasUnsent)
    }

    @Test func anotherEndThatIsGoneIsAnErrorForBoth() throws {
        let (a, theirs) = try Channel.pair()
        try a.send([1])
        _ = consume theirs
        #expect(throws: SystemError.self) { try a.send([2]) }
        let error = #expect(throws: SystemError.self) { try a.receive() }
        #expect(error?.errno == .brokenPipe)
    }

    @Test func whatWasSaidBeforeTheEndIsStillHeard() throws {
        var (a, b): (Channel?, Channel) = try pair()
        for number in UInt8(0)..<5 { try a?.send([number]) }
        a = nil
        for number in UInt8(0)..<5 { #expect(try b.receive()?.body == [number]) }
        let error = #expect(throws: SystemError.self) { try b.receive() }
        #expect(error?.errno == .brokenPipe)
    }

    @Test func aMessageThatIsTooLongIsLostAndTheNextIsNot() throws {
        let (a, b) = try pair()
        try a.send([UInt8](repeating: 1, count: (16 << 20) + 1))
        try a.send([2])
        let error = #expect(throws: SystemError.self) { try b.receive() }
        #expect(error?.errno == .fileTooLarge)
        #expect(try b.receive()?.body == [2])
    }
}
