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
        let offsets = after?.split(separator: ",").compactMap { Int($0).map { max(0, $0) } } ?? []
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

    /// What has been written since the last call, at most one piece of each file; nothing where the reader has everything.
    func newEvents() -> [ServerSentEvent] {
        places.indices.flatMap { newEvents(at: $0) }
    }

    private func newEvents(at index: Int) -> [ServerSentEvent] {
        let path = places[index].source.path
        guard let file = try? LogReader.open(path), let status = try? file.status() else { return [] }
        if places[index].inode == 0 { places[index].inode = status.inode }
        if status.inode != places[index].inode {
            if let events = restOfRotated(path, index) { return events }
            return begin(status.inode, index, size: Int(status.size))
        }
        if Int(status.size) < places[index].offset { return begin(status.inode, index, size: Int(status.size)) }
        return piece(of: file, size: Int(status.size), index)
    }

    /// The file was emptied or is another one: the next bytes are its first.
    private func begin(_ inode: UInt64, _ index: Int, size: Int) -> [ServerSentEvent] {
        (places[index].offset, places[index].inode) = (0, inode)
        return event("truncated", [], index, size: size)
    }

    /// What is left of the file after it was rotated: it stands under a number then, and newer ones under lower numbers. Nil where there
    /// is nothing left.
    private func restOfRotated(_ path: String, _ index: Int) -> [ServerSentEvent]? {
        var newer: UInt64?
        var number = 1
        while let status = (try? FileSystem.status("\(path).\(number)")) ?? nil {
            if status.inode == places[index].inode {
                if Int(status.size) > places[index].offset {
                    return (try? LogReader.open("\(path).\(number)")).map {
                        piece(of: $0, size: Int(status.size), index)
                    }
                }
                return newer.map { begin($0, index, size: 0) }
            }
            newer = status.inode
            number += 1
        }
        return nil
    }

    /// The next bytes of a file.
    private func piece(of file: Descriptor, size: Int, _ index: Int) -> [ServerSentEvent] {
        let start = places[index].offset
        let range = start..<max(start, min(size, start + Self.chunkLength))
        guard let bytes = try? LogReader.read(file, range), !bytes.isEmpty else { return [] }
        places[index].offset = start + bytes.count
        return event("log", bytes, index, start: start, size: size)
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
