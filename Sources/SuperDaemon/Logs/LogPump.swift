import SuperBase
import SuperKeeper
import SuperOS
import Synchronization

/// Moves the output of programs from their pipes into files, in a thread of its own, so that no disk can delay a decision.
///
/// The brain's thread tells it what to do through a mailbox and is told of ends and troubles through another. Where a write hangs for longer
/// than a second (a slow disk, a dead file server), the brain's thread empties the pipes in its place and counts what is lost, so that the
/// programs go on (`relieve`).
final class LogPump: Sendable {
    /// What the brain's thread asks for.
    enum Order: Sendable {
        /// Read this stream; `plan` says where it goes.
        case open(StreamID, Descriptor, StreamPlan)
        /// Every stream that an earlier brain read has been opened: what it was killed over is dealt with, if that can be done at all.
        case allOpened
        /// Where the main log goes.
        case mainLog(LogFilePlan?, syslog: Bool, echo: Bool)
        case reopen
        /// Delete this file and begin a new one; `notice` comes as `cleared`.
        case clear(path: String, notice: UInt64)
        /// Empty every pipe, write everything, and end the thread.
        case finish
    }

    /// What the brain's thread is told.
    enum Notice: Sendable {
        /// The stream is at its end and everything of it is written.
        case ended(StreamID)
        case trouble(LogFile.Trouble)
        case cleared(notice: UInt64, error: String?)
        /// A file that is followed has changed.
        case grew(path: String)
        case finished
    }

    private struct Mailbox {
        var orders: [Order] = []
        var notices: [Notice] = []
        /// Streams in which the awaited line has come.
        var foundLines: [StreamID] = []
        var lines: [UInt8] = []
        var lostLines = 0
        /// Every stream that is read, for `relieve`.
        var streams: [StreamID: (descriptor: Descriptor, path: String?)] = [:]
        /// Files whose changes somebody follows.
        var followed: Set<String> = []
        /// Bytes lost, by the path of the file they were for.
        var lost: [String: UInt64] = [:]
        /// Bytes that `relieve` has thrown away, by the path of the file they were for; "" stands for no file.
        var relieved: [String: UInt64] = [:]
    }

    /// Ready when there are notices.
    let noticeSignal: EventDescriptor
    /// Ready when the thread has been busy with one batch for longer than `patience`.
    let alarm: TimerDescriptor
    private let orderSignal: EventDescriptor
    private let mailbox = Mutex(Mailbox())
    /// When the thread began with its batch, in nanoseconds of the monotonic clock; 0 while it waits.
    private let busySince = Atomic<Int64>(0)

    /// The most bytes of the main log that wait for a slow disk; then the oldest lines go.
    private static let lineLimit = 1 << 20
    /// How long one batch may take before the pipes are emptied without writing.
    private static let patience = Duration.seconds(1)

    /// The memory of the flight record, for the keeper to hold.
    let flightMemory: Descriptor

    /// Starts the thread. `flight` is the memory of the flight record as the keeper held it; nil for the first brain.
    init(flight: Descriptor?) throws(SystemError) {
        let memory = if let flight { flight } else { try FlightRecord.makeMemory() }
        flightMemory = memory
        noticeSignal = try EventDescriptor()
        alarm = try TimerDescriptor()
        orderSignal = try EventDescriptor()
        try startThread(named: "superd-logs") { [self] in
            do {
                let worker = try LogWorker(self, try FlightRecord(mapping: memory), orderSignal)
                try worker.run()
            } catch {
                preconditionFailure("the log thread cannot wait: \(error)")
            }
        }
    }

    // MARK: - For the brain's thread

    func order(_ order: Order) {
        mailbox.withLock { mailbox in
            mailbox.orders.append(order)
            if case .open(let id, let descriptor, let plan) = order {
                mailbox.streams[id] = (descriptor, plan.file?.path)
            }
        }
        orderSignal.signal()
    }

    /// Appends lines to the main log.
    func write(_ line: [UInt8]) {
        mailbox.withLock { mailbox in
            if mailbox.lines.count + line.count > Self.lineLimit {
                mailbox.lines = []
                mailbox.lostLines += 1
            }
            mailbox.lines += line
        }
        orderSignal.signal()
    }

    /// Tells of changes of these files from now on, and of no others.
    func follow(_ paths: Set<String>) { mailbox.withLock { $0.followed = paths } }

    /// What has happened since the last call.
    func takeNotices() -> [Notice] {
        noticeSignal.drain()
        return mailbox.withLock { mailbox in
            defer { mailbox.notices = [] }
            return mailbox.notices
        }
    }

    /// The streams in which the awaited line has come since the last call; `noticeSignal` tells of them, too.
    ///
    /// A line comes before the end of its stream: ask after `takeNotices`, and deal with the answer before those.
    func takeFoundLines() -> [StreamID] {
        mailbox.withLock { mailbox in
            defer { mailbox.foundLines = [] }
            return mailbox.foundLines
        }
    }

    /// Bytes of output that were lost for a path since the start.
    func lostBytes(path: String) -> UInt64 {
        mailbox.withLock { ($0.lost[path] ?? 0) + ($0.relieved[path] ?? 0) }
    }

    /// All bytes of output that were lost since the start.
    var lostBytes: UInt64 {
        mailbox.withLock { $0.lost.values.reduce(0, +) + $0.relieved.values.reduce(0, +) }
    }

    /// Empties pipes that are more than half full, for as long as the thread hangs in a write. Answers whether it still does.
    func relieve() -> Bool {
        alarm.drain()
        let since = busySince.load(ordering: .acquiring)
        // Another batch than the one that set off the alarm may have begun, and all is well.
        guard since != 0, Clock.now() - Instant(nanoseconds: since) >= Self.patience else { return false }
        let streams = mailbox.withLock { $0.streams }
        for (descriptor, path) in streams.values {
            guard let waiting = try? descriptor.readableBytes(), let room = try? descriptor.pipeCapacity(),
                waiting > room.bytes / 2
            else { continue }
            let discarded = UInt64(discard(waiting, from: descriptor))
            mailbox.withLock { $0.relieved[path ?? "", default: 0] += discarded }
        }
        return true
    }

    /// Throws this many bytes away, and answers how many there were.
    private func discard(_ count: Int, from descriptor: Descriptor) -> Int {
        var left = count
        withUnsafeTemporaryAllocation(byteCount: 64 << 10, alignment: 8) { buffer in
            while left > 0, case .bytes(let read)? = try? descriptor.read(into: buffer) {
                left -= read
            }
        }
        return count - left
    }

    // MARK: - For the log thread

    func takeOrders() -> [Order] {
        orderSignal.drain()
        return mailbox.withLock { mailbox in
            defer { mailbox.orders = [] }
            return mailbox.orders
        }
    }

    /// The waiting bytes of the main log, and how often some were dropped before them.
    func takeLines() -> (bytes: [UInt8], lost: Int) {
        mailbox.withLock { mailbox in
            defer { (mailbox.lines, mailbox.lostLines) = ([], 0) }
            return (mailbox.lines, mailbox.lostLines)
        }
    }

    /// Tells of a change of a file, if somebody follows it and has not been told yet.
    func changed(_ path: String) {
        let isNews = mailbox.withLock { mailbox in
            guard mailbox.followed.contains(path) else { return false }
            let isTold = mailbox.notices.contains { if case .grew(path) = $0 { true } else { false } }
            if !isTold { mailbox.notices.append(.grew(path: path)) }
            return !isTold
        }
        if isNews { noticeSignal.signal() }
    }

    func tell(_ notice: Notice) {
        mailbox.withLock { mailbox in
            mailbox.notices.append(notice)
            if case .ended(let id) = notice { mailbox.streams[id] = nil }
        }
        noticeSignal.signal()
    }

    /// Tells that the awaited line of a stream has come.
    func foundLine(_ id: StreamID) {
        mailbox.withLock { $0.foundLines.append(id) }
        noticeSignal.signal()
    }

    func lost(_ total: UInt64, path: String) {
        mailbox.withLock { $0.lost[path] = total }
    }

    /// Does a batch of work under the eye of the brain's thread.
    func whileBusy(_ work: () -> Void) {
        busySince.store(Clock.now().nanoseconds, ordering: .releasing)
        alarm.set(after: Self.patience)
        work()
        alarm.clear()
        busySince.store(0, ordering: .releasing)
    }
}
