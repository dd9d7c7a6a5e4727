import SuperAPI
import SuperBase
import SuperCore
import SuperOS

/// One reader that follows log files: knows how far it has come in each, and what to send next.
///
/// The id of an event is the place in every followed file, in their order, so that a reader can resume exactly there.
final class LogFollower {
    /// One followed file.
    struct Source {
        var path: String
        /// Nil in the main log.
        var name: ProcessName?
        var stream: LogStream?
    }

    private struct Place {
        let source: Source
        var offset: Int
        var inode: UInt64
    }

    let ticket: Ticket
    private var places: [Place]

    /// The most bytes of one event.
    private static let chunkLength = 64 << 10
    /// What a reader is shown of each file at first where it says nothing else: as `supervisorctl tail -f`.
    private static let defaultTail = 1024

    /// Begins behind the place `after`, or with the last lines or bytes of each file.
    init(_ ticket: Ticket, _ sources: [Source], after: String?, lines: Int?, bytes: Int?) {
        self.ticket = ticket
        let offsets = after?.split(separator: ",").compactMap { Int($0) } ?? []
        places = sources.enumerated().map { index, source in
            let file = try? LogReader.open(source.path)
            let status = try? file?.status()
            var offset = 0
            if let file, let status {
                let size = Int(status.size)
                let wanted = bytes ?? (lines == nil ? Self.defaultTail : nil)
                let end = try? LogReader.end(of: file, size: size, bytes: wanted, lines: lines)
                offset = end?.start ?? size
            }
            if offsets.count == sources.count { offset = offsets[index] }
            return Place(source: source, offset: offset, inode: status?.inode ?? 0)
        }
    }

    var paths: [String] { places.map(\.source.path) }

    private var id: String { places.map { String($0.offset) }.joined(separator: ",") }

    /// Everything that has been written since the last call.
    func newEvents() -> [ServerSentEvent] {
        places.indices.flatMap { newEvents(at: $0) }
    }

    private func newEvents(at index: Int) -> [ServerSentEvent] {
        guard let file = try? LogReader.open(places[index].source.path), let status = try? file.status() else {
            return []
        }
        var events: [ServerSentEvent] = []
        let size = Int(status.size)
        if size < places[index].offset || status.inode != places[index].inode {
            // Emptied, or rotated: what was left in the old file is in the file with the number behind.
            let wasKnown = places[index].inode != 0
            (places[index].offset, places[index].inode) = (0, status.inode)
            if wasKnown { events.append(contentsOf: event("truncated", [], index, size: size)) }
        }
        while places[index].offset < size {
            let start = places[index].offset
            let range = start..<min(size, start + Self.chunkLength)
            guard let bytes = try? LogReader.read(file, range), !bytes.isEmpty else { break }
            places[index].offset = start + bytes.count
            events.append(contentsOf: event("log", bytes, index, start: start, size: size))
        }
        return events
    }

    private func event(
        _ kind: String, _ bytes: [UInt8], _ index: Int, start: Int = 0, size: Int
    ) -> [ServerSentEvent] {
        let source = places[index].source
        let chunk = LogChunk(
            bytes, name: source.name?.description, stream: source.stream, offset: start, size: size)
        return (try? FollowMainLog().event(id: id, kind, chunk)).map { [$0] } ?? []
    }
}
