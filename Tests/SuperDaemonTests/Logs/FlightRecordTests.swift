import SuperBase
import SuperKeeper
import SuperOS
import Testing

@testable import SuperDaemon

/// The chunk that is on its way when a brain is killed. A second record over the same memory plays the next brain.
struct FlightRecordTests {
    private let memory: Descriptor
    private let record: FlightRecord
    private let chunk = FlightRecord.Chunk(
        id: StreamID(generation: 7, stream: .stderr), place: LogFile.Place(inode: 5, offset: 1 << 40),
        stripper: AnsiStripper())

    init() throws {
        memory = try FlightRecord.makeMemory()
        record = try FlightRecord(mapping: memory)
    }

    private func fill(_ text: String) { record.buffer.copyBytes(from: text.utf8) }

    private func successor() throws -> (chunk: FlightRecord.Chunk, text: String)? {
        let next = try FlightRecord(mapping: memory)
        // The bytes live as long as the record.
        return withExtendedLifetime(next) {
            next.unfinished.map { ($0.chunk, String(decoding: $0.bytes, as: UTF8.self)) }
        }
    }

    @Test func nothingIsOnItsWayAtFirstAndAfterTheEnd() throws {
        #expect(try successor() == nil)
        record.begin(chunk)
        fill("abc")
        record.arrived(3)
        record.end(3)
        #expect(try successor() == nil)
    }

    @Test func aChunkThatArrivedIsFoundWithAllThatIsKnownOfIt() throws {
        record.begin(chunk)
        fill("abc")
        record.arrived(3)
        let found = try #require(try successor())
        #expect(found.chunk == chunk)
        #expect(found.text == "abc")
    }

    @Test func aKillBetweenReadAndNoteLosesNothing() throws {
        record.begin(chunk)
        fill("abc\n")
        #expect(try successor()?.text == "abc\n")
    }

    @Test func aKillBeforeTheReadBringsNothing() throws {
        record.begin(chunk)
        #expect(try successor()?.text == "")
    }

    @Test func bytesOfTheChunkBeforeAreNeverTakenForNew() throws {
        record.begin(chunk)
        fill("a longer one")
        record.arrived(12)
        record.end(12)
        record.begin(chunk)
        fill("x")
        #expect(try successor()?.text == "x")
    }

    @Test func aKillBeforeTheWipingLeavesNoOldBytes() throws {
        record.begin(chunk)
        fill("a longer one")
        record.arrived(12)
        // What `end` does, up to the wiping.
        record.end(0)
        let next = try FlightRecord(mapping: memory)
        next.begin(chunk)
        #expect(try successor()?.text == "")
    }

    @Test func aFullBufferIsFound() throws {
        record.begin(chunk)
        record.buffer.initializeMemory(as: UInt8.self, repeating: 0x41)
        #expect(try successor()?.text.utf8.count == FlightRecord.capacity)
    }

    @Test func aSettledChunkIsNotFoundAgain() throws {
        record.begin(chunk)
        fill("abc")
        let next = try FlightRecord(mapping: memory)
        next.settle()
        #expect(try successor() == nil)
    }

    @Test func aSinkThatIsNoFileHasNoPlace() throws {
        var chunk = chunk
        chunk.place = nil
        record.begin(chunk)
        #expect(try successor()?.chunk == chunk)
    }
}
