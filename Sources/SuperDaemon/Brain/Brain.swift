import SuperBase
import SuperConfig
import SuperCore
import SuperKeeper
import SuperOS

/// The process that decides: it knows the configuration, runs the fleet, moves logs and serves the control endpoint. It owns no child and
/// may die at any moment; the next brain goes on from what the keeper holds.
///
/// One thread, one loop, and the log thread beside it. A turn handles, in this order: the keeper's messages, what time brings, notices of
/// the log thread, operators. What follows from each is drawn by the `Fleet` and performed here, in the order in which it says so.
///
/// Messages of the keeper are in `Brain+Keeper`, effects in `Brain+Effects`, output in `Brain+Streams`, signals in `Brain+Signals`, changes of
/// the configuration in `Brain+Configuration`, commands of operators in `Brain+Commands`.
final class Brain {
    let link: KeeperLink
    let reactor: Reactor
    let pump: LogPump
    let log: MainLog
    let arguments: DaemonArguments
    var fleet: Fleet
    /// What the configuration says of superd itself; groups as they run are in the fleet.
    var configuration: Configuration
    var snapshots: SnapshotShelf
    var specs: SpecBuilder
    var autoLogs: AutoLogs
    /// The processes whose runs exist, or are asked for, by generation.
    var runs: [UInt64: ProcessName] = [:]
    /// Our end of the standard input of each run.
    var inputs: [UInt64: Descriptor] = [:]
    /// The pids of runs: of each the first one, and those that programs have named as their main one.
    var runPids: [Int32: UInt64] = [:]
    /// Of runs whose programs have named another process: all that they have been, the last one last.
    var mainPids: [UInt64: [Int32]] = [:]
    /// Ends of processes whose runs go on, as far as is known.
    var earlyExits: [UInt64: ExitFact] = [:]
    /// The listening sockets of programs, by their keys at the keeper.
    var sockets: [String: Descriptor] = [:]
    /// The files of those that have one, as `ListenSocket.place`.
    var socketPlaces: [String: [UInt8]] = [:]
    /// What the configuration says of each.
    var socketConfigs: [String: SharedSocket] = [:]
    /// The processes that start on demand, in start order.
    var onDemandNames: [ProcessName] = []
    /// Groups have changed since `onDemandNames` was worked out.
    var demandIsStale = true
    /// The sockets on which a connection is waited for.
    var demandWatches: [String: Reactor.Watch] = [:]
    /// When it is looked again for processes that nobody uses; nil where there are none.
    var idleDue: Instant?
    /// When somebody was last connected to a process that stops when nobody is.
    var lastUse: [ProcessName: Instant] = [:]
    var notify: NotifySocket?
    /// Until then nothing is said of strangers who send to it.
    var strangersQuietUntil: Instant?
    var readinessWatches: [UInt64: Reactor.Watch] = [:]
    /// Made when the first probe is asked for.
    var prober: Prober?
    /// Made when memory is first measured.
    var meter: MemoryMeter?
    var toMeasure: [MemoryMeter.Subject] = []
    /// Commands that run beside processes, by their generations.
    var helpers: [UInt64: Helper] = [:]
    /// What superd ends with.
    var requestedExitCode: Int32 = 0
    /// Streams that the log thread reads.
    var openStreams: Set<StreamID> = []
    /// What a run has used, for the runs that have ended last.
    var usage: [ProcessName: ExitFact] = [:]
    /// Who waits for which ticket.
    var waiting: [Ticket: ([CommandResult]) -> Void] = [:]
    var lastTicket: UInt64 = 0
    /// Who waits for a log file to be cleared.
    var clearing: [UInt64: (String?) -> Void] = [:]
    let keeperPid: Int32
    /// How many brains there were before this one.
    let predecessors: UInt32
    /// When the first brain began.
    let superdStartedAt: Instant
    var state = DaemonState.running
    /// The files as `reread` or `update` read them last.
    var lastRead: LoadedConfiguration?
    /// The configuration that a restart goes to; read and found good before anything is stopped.
    var nextConfiguration: LoadedConfiguration?
    /// When the memory of code is given back, because nothing has been asked for a while; nil: it has been.
    var codeReleaseDue: Instant?
    /// How long superd waits for a further request before it gives the memory of code back.
    static let quiet = Duration.milliseconds(200)
    /// A restart puts its groups in place, and none is there yet.
    var beginsAgain = false
    /// When the log thread is looked at again because it hangs in a write.
    var reliefDue: Instant?
    /// What had been lost when it began to hang.
    private var lostBeforeRelief: UInt64 = 0
    private(set) lazy var control = ControlServer(reactor: reactor, service: self, version: Version.current)
    /// The listening sockets of the control endpoints, by their keys at the keeper.
    var listeners: [String: Descriptor] = [:]
    /// The files of those that have one, as `ControlListener.place`.
    var listenerPlaces: [String: [UInt8]] = [:]
    /// Our pidfile, locked.
    let pidFile: Descriptor?
    /// What an operator should know of the control endpoints.
    var controlWarnings: [String] = []
    var followers: [Ticket: LogFollower] = [:]
    /// Those of them who have not got everything that is there, and when they are looked at again.
    var laggards: Set<Ticket> = []
    var laggardsDue: Instant?
    var events = EventHub(startedAt: Clock.wallTime())
    /// What is done when the calls of this turn have had their answers.
    var afterTurn: [() -> Void] = []
    var exitCode: Int32?
    /// The keeper has gone.
    var isOrphan = false
    var keeperWatch: Reactor.Watch?
    /// Effects that are still to be performed, in order.
    var effects: [Fleet.Effect] = []
    /// What goes to the keeper together with what follows it.
    var recordChanges: [RecordChange] = []
    /// Processes that `recordChanges` takes the records of away.
    var forgotten: [ProcessName] = []
    /// It is going to be looked for what nothing needs any more.
    var isTidying = false
    var isPerforming = false

    /// Takes over from the keeper: everything that the inventory tells.
    init(_ link: KeeperLink, _ inventory: Inventory, _ arguments: DaemonArguments) throws {
        self.link = link
        self.arguments = arguments
        keeperPid = inventory.keeperPid
        predecessors = inventory.brains
        superdStartedAt = try DaemonRecord(inventory)?.startedAt ?? Clock.now()
        snapshots = try SnapshotShelf(inventory, arguments)
        configuration = snapshots.daemonConfiguration
        reactor = try Reactor()
        listeners = inventory.held.filter { $0.key.hasPrefix(HeldKey.listener("")) }
        listenerPlaces = inventory.records.filter { $0.key.hasPrefix(HeldKey.listener("")) }
        pidFile = inventory.held[HeldKey.pidFile]
        pump = try LogPump(flight: inventory.held[HeldKey.flight])
        log = MainLog(level: configuration.daemon.logLevel, pump: pump)
        autoLogs = AutoLogs(
            directory: configuration.daemon.childLogDirectory, identifier: configuration.daemon.identifier)
        specs = SpecBuilder(
            inherited: DaemonArguments.ownEnvironment,
            serverURL: configuration.daemon.serverURL, usesOutput: { _, _ in true })
        fleet = Fleet(lastGeneration: inventory.lastGeneration, seed: UInt64.random(in: .min ... .max))
        if inventory.held[HeldKey.flight] == nil { tell(.hold(key: HeldKey.flight), [pump.flightMemory]) }
        requestedExitCode = try DaemonRecord(inventory)?.exitCode ?? 0
        openNotifySocket(inventory)
        adoptSockets(inventory)
        followConfiguration()
        try takeOver(inventory)
    }

    /// Runs until superd ends, and answers the exit code of the brain.
    func run() throws -> Int32 {
        try watchKeeper()
        _ = try reactor.watch(pump.noticeSignal.descriptor, .readable, rank: .notice) { [unowned self] _ in
            takeNotices()
        }
        _ = try reactor.watch(pump.alarm.descriptor, .readable, rank: .notice) { [unowned self] _ in relieve() }
        try watchNotifySocket()
        openControl(listeners)
        tell(.ready)
        codeReleaseDue = Clock.now() + Self.quiet
        let watchdog = try ProcessorTimeWatchdog()
        while exitCode == nil {
            watchdog.rearm(.seconds(10))
            try reactor.turn(until: deadline) { [unowned self] in checkTime() }
            while let work = afterTurn.first {
                afterTurn.removeFirst()
                work()
            }
        }
        if isOrphan {
            pump.order(.finish)
            waitForLogs(until: Clock.now() + .seconds(5))
        }
        return exitCode ?? 0
    }

    private var deadline: Instant? {
        [
            fleet.deadline, control.deadline, prober?.deadline, helpersDue, reliefDue, laggardsDue, codeReleaseDue,
            idleDue,
        ].compactMap { $0 }.min()
    }

    private func checkTime() {
        let now = Clock.now()
        if let due = fleet.deadline, due <= now { handle(.wake) }
        if let due = reliefDue, due <= now { relieve() }
        if let due = codeReleaseDue, due <= now {
            codeReleaseDue = nil
            CurrentProcess.releaseCode()
        }
        if let due = prober?.deadline, due <= now { prober?.expire(at: now) }
        if let due = helpersDue, due <= now { endLateHelpers(now) }
        if let due = idleDue, due <= now { stopIdle() }
        if let due = laggardsDue, due <= now { advanceLaggards() }
        if let due = control.deadline, due <= now { control.expire(at: now) }
    }

    /// Gives an event to the fleet and does what it says.
    func handle(_ event: Fleet.Event) {
        perform(fleet.handle(event, at: Clock.now()))
    }

    // MARK: - The log thread

    private func takeNotices() {
        let notices = pump.takeNotices()
        for id in pump.takeFoundLines() {
            if let name = runs[id.generation] { handle(.ready(name, generation: id.generation)) }
        }
        for notice in notices {
            switch notice {
            case .ended(let id): streamEnded(id)
            case .trouble(.began(let path, let why)):
                log.write(.critical, "\(path) cannot be written, its output is lost until it can: \(why)")
            case .trouble(.notRotated(let path, let why)):
                log.write(.critical, "\(path) cannot be rotated and grows: \(why)")
            case .trouble(.ended(let path, let lost)):
                log.write(.warn, "\(path) is written again; \(lost) bytes were lost")
            case .cleared(let number, let error): clearing.removeValue(forKey: number)?(error)
            case .grew(let path): fileChanged(path)
            case .finished: break
            }
        }
    }

    private func relieve() {
        let wasHanging = reliefDue != nil
        if pump.relieve() {
            if !wasHanging {
                log.write(.critical, "a log file takes over a second to be written; pipes that fill up are emptied")
                lostBeforeRelief = pump.lostBytes
            }
            reliefDue = Clock.now() + .milliseconds(100)
        } else {
            reliefDue = nil
            guard wasHanging else { return }
            log.write(.warn, "log files are written again; \(pump.lostBytes - lostBeforeRelief) bytes were lost")
        }
    }
}

/// A value with an identity, for closures that gather something.
final class Box<Value> {
    var value: Value

    init(_ value: Value) {
        self.value = value
    }
}

/// The keys under which descriptors lie at the keeper.
enum HeldKey {
    /// The memory of `FlightRecord`.
    static let flight = "flight"
    /// The locked pidfile.
    static let pidFile = "pidfile"

    /// The files of a configuration that runs.
    static func snapshot(_ number: UInt64) -> String { "snapshot/\(number)" }

    static func snapshotNumber(_ key: String) -> UInt64? {
        key.hasPrefix("snapshot/") ? UInt64(key.dropFirst(9)) : nil
    }

    /// The listening socket of a control endpoint.
    static func listener(_ url: String) -> String { "listen/\(url)" }
}

/// The keys under which records lie at the keeper.
enum RecordKey {
    static let daemon = "daemon"

    /// What the fleet has not finished.
    static let unfinished = "unfinished"

    static func process(_ name: ProcessName) -> String { "process/\(name.group):\(name.process)" }

    /// Those beside the holder of a name lie under keys of their own.
    static func seat(_ seat: Seat) -> String {
        let name = "\(seat.name.group):\(seat.name.process)"
        return switch seat.role {
        case .holder: process(seat.name)
        case .successor: "successor/\(name)"
        case .retiring(let generation): "retiring/\(generation)/\(name)"
        }
    }

    /// The seat of a key; nil for a key of something else.
    static func seat(ofKey key: String) -> Seat? {
        let parts = key.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
        guard let kind = parts.first else { return nil }
        switch (String(kind), parts.count) {
        case ("process", 2): return ProcessName(parts[1]).map { Seat($0) }
        case ("successor", 2): return ProcessName(parts[1]).map { Seat($0, .successor) }
        case ("retiring", 3):
            guard let generation = UInt64(parts[1]), let name = ProcessName(parts[2]) else { return nil }
            return Seat(name, .retiring(generation))
        default: return nil
        }
    }

    /// The snapshot that a group runs from.
    static func group(_ name: String) -> String { "group/\(name)" }

    static func groupName(_ key: String) -> String? { key.hasPrefix("group/") ? String(key.dropFirst(6)) : nil }
}
