import SuperBase
import SuperKeeper
import SuperOS
import Synchronization

/// The chunk of output that is between its pipe and its file, in memory that survives the brain.
///
/// A brain may be killed between the read that takes bytes out of a pipe and the write that puts them into a file. So the bytes are read
/// straight into shared memory that the keeper holds, with what a new brain needs to finish the job: whose they are and where the file
/// ended before. How many bytes a read brought is lost if the kill comes before the number could be noted; therefore the unused part of the
/// buffer always holds `filler`, a byte that no UTF-8 text contains, and the last byte that is none marks the end. The file's size tells how
/// many of them had been written.
///
/// One thread uses it, and one chunk is on its way at a time.
final class FlightRecord {
    /// The most bytes of one chunk.
    static let capacity = 128 << 10
    /// Byte 0xFF occurs in no UTF-8 text.
    private static let filler: UInt8 = 0xff
    private static let headerSize = 4096

    private enum Field: Int {
        case isInFlight, generation, stream, isRegular, inode, offset, stripper, length
    }

    private let memory: SharedMemory

    /// Memory for a first brain, for the keeper to hold.
    static func makeMemory() throws(SystemError) -> Descriptor {
        let record = FlightRecord(try SharedMemory("superd-flight", size: headerSize + capacity))
        record.fill(capacity)
        return record.memory.descriptor
    }

    /// Uses memory that `makeMemory` made, here or for an earlier brain.
    convenience init(mapping descriptor: Descriptor) throws(SystemError) {
        self.init(try SharedMemory(mapping: descriptor))
        // A kill may have come between the end of a chunk and the wiping of its bytes.
        if unfinished == nil { fill(Self.capacity) }
    }

    private init(_ memory: SharedMemory) {
        self.memory = memory
    }

    /// Where the next chunk goes.
    var buffer: UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(rebasing: memory.bytes[Self.headerSize...])
    }

    private subscript(field: Field) -> UInt64 {
        get { memory.bytes.load(fromByteOffset: field.rawValue * 8, as: UInt64.self) }
        set { memory.bytes.storeBytes(of: newValue, toByteOffset: field.rawValue * 8, as: UInt64.self) }
    }

    /// What a chunk is, told before it is read.
    struct Chunk: Hashable {
        var id: StreamID
        /// Where the sink ended before the chunk; nil where the sink is no regular file.
        var place: LogFile.Place?
        var stripper: AnsiStripper
    }

    /// Notes what is about to be read into `buffer`.
    func begin(_ chunk: Chunk) {
        self[.generation] = chunk.id.generation
        self[.stream] = UInt64(chunk.id.stream.rawValue)
        self[.isRegular] = chunk.place == nil ? 0 : 1
        self[.inode] = chunk.place?.inode ?? 0
        self[.offset] = UInt64(chunk.place?.offset ?? 0)
        self[.stripper] = chunk.stripper.code
        self[.length] = .max
        atomicMemoryFence(ordering: .sequentiallyConsistent)
        self[.isInFlight] = 1
        atomicMemoryFence(ordering: .sequentiallyConsistent)
    }

    /// Notes how many bytes the read brought.
    func arrived(_ count: Int) {
        self[.length] = UInt64(count)
    }

    /// The chunk is where it belongs.
    func end(_ count: Int) {
        self[.isInFlight] = 0
        atomicMemoryFence(ordering: .sequentiallyConsistent)
        fill(count)
    }

    /// The chunk that the last brain did not finish, and its bytes.
    var unfinished: (chunk: Chunk, bytes: UnsafeRawBufferPointer)? {
        guard self[.isInFlight] == 1, let stream = StandardStream(rawValue: UInt8(truncatingIfNeeded: self[.stream]))
        else { return nil }
        let known = self[.length]
        let count = known == .max ? buffer.lastIndex { $0 != Self.filler }.map { $0 + 1 } ?? 0 : Int(known)
        var stripper = AnsiStripper()
        stripper.code = self[.stripper]
        let place = LogFile.Place(inode: self[.inode], offset: Int64(self[.offset]))
        let chunk = Chunk(
            id: StreamID(generation: self[.generation], stream: stream), place: self[.isRegular] == 1 ? place : nil,
            stripper: stripper)
        return (chunk, UnsafeRawBufferPointer(rebasing: buffer[..<min(count, Self.capacity)]))
    }

    /// The unfinished chunk is dealt with.
    func settle() { end(Self.capacity) }

    private func fill(_ count: Int) {
        buffer.prefix(count).initializeMemory(as: UInt8.self, repeating: Self.filler)
    }
}
