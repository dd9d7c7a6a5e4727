public import SuperBase
public import SuperOS

/// The process that does not go away: it owns children, sockets, log pipes and records, and keeps a brain running that decides.
///
/// One thread, one loop. It parses no file, opens no connection and exits because of no error; what it is asked to keep is bounded by what
/// the brain may start and record. Everything it holds is told to every new brain, so a brain may die at any moment:
/// - a spawn and its answer are facts of the child, told again in the inventory;
/// - an exit is kept until the brain has acknowledged it;
/// - output stays in its pipe, whose read end we hold too;
/// - a connection stays in the queue of its listening socket, which we hold too.
///
/// Brains are in `Keeper+Brain`, children in `Keeper+Children` and `Keeper+Adoption`, the end in `Keeper+Farewell`.
public final class Keeper {
    /// What the keeper is started with.
    public struct Settings: Sendable {
        /// The program to run as the brain, with its arguments; the control channel becomes its descriptor 3.
        public var brainExecutable: String
        public var brainArguments: [String]
        /// Our own, for the brain.
        public var environment: [EnvironmentVariable]
        /// The limit of open files that children get; nil: the keeper's own.
        public var childOpenFiles: ResourceLimit?
        /// How long a brain may leave a message unanswered before it is replaced.
        public var brainPatience = Duration.seconds(10)

        public init(brainExecutable: String, brainArguments: [String], environment: [EnvironmentVariable]) {
            self.brainExecutable = brainExecutable
            self.brainArguments = brainArguments
            self.environment = environment
        }
    }

    /// A process that was started and is not forgotten yet.
    struct Child {
        var fact: ChildFact
        /// Our ends of its open streams.
        var streams: [StandardStream: Descriptor]
        /// The process that it goes on as, where that is not the one that was started; readable when it has ended.
        var adopted: Descriptor?
        /// How it ended; nil while it lives.
        var exit: ExitFact?
        /// The brain has dealt with its end; only open streams keep it here.
        var isAcknowledged = false
    }

    /// What a descriptor in the loop is.
    enum Token: UInt64 {
        case signals = 0
        case channel = 1
        case listener = 2
    }

    let settings: Settings
    let poller: Poller
    let signals: SignalReceiver
    /// `/dev/null`, for children that want it.
    let nothing: Descriptor
    var children: [UInt64: Child] = [:]
    /// The highest generation of a spawn so far, the failed ones included.
    var lastGeneration: UInt64 = 0
    /// Generations of the children that live, by pid. A run that goes on as another process may have two here, until the first ends.
    var living: [Int32: UInt64] = [:]
    var records: [String: [UInt8]] = [:]
    var held: [String: Descriptor] = [:]
    var brain: Brain?
    /// When the next brain may start; nil while there is one.
    var brainDue: Instant?
    var brainsStarted: UInt32 = 0
    /// Brains in a row that ended before they were of use.
    var brainFailures = 0
    /// Signals that no brain has dealt with yet; each new brain is told of them.
    var openSignals: [Signal] = []
    /// Lines for the main log that came while no brain could be told; the oldest go first when there are too many.
    var untoldLines: [(LogLevel, String)] = []
    var farewell: Farewell?
    /// Told once when superd is ready, or with an error and an exit code when it never was.
    var onStart: ((StartResult) -> Void)?
    var exitCode: Int32?

    /// How the start of superd went, for whoever waits for it.
    public enum StartResult: Sendable, Hashable {
        case ready
        case failed(code: Int32)
    }

    /// Signals that superd reacts to; the brain decides how.
    private static let handled: Set<Signal> = [
        .child, .terminate, .interrupt, .quit, .hangup, .user1, .user2, Signal(rawValue: 21), Signal(rawValue: 22),
    ]

    /// A keeper that holds `held` and `records` from its predecessor or launcher.
    public init(
        _ settings: Settings, held: [String: Descriptor] = [:], records: [String: [UInt8]] = [:],
        onStart: ((StartResult) -> Void)? = nil
    ) throws(SystemError) {
        self.settings = settings
        self.records = records
        self.onStart = onStart
        poller = try Poller(capacity: 16)
        nothing = try Descriptor.open("/dev/null", .readWrite)
        signals = try SignalReceiver(Keeper.handled)
        try poller.add(signals.descriptor, token: Token.signals.rawValue, .readable)
        for (key, descriptor) in held { hold(descriptor, as: key) }
    }

    /// Runs until superd ends, and answers its exit code.
    public func run() throws(SystemError) -> Int32 {
        while exitCode == nil {
            if brain == nil, brainDue.map({ $0 <= Clock.now() }) ?? true { startBrain() }
            for event in try poller.wait(until: deadline) {
                switch Token(rawValue: event.token) {
                case .signals: takeSignals()
                case .channel: hearBrain()
                case .listener: pingBrain()
                case nil: adoptedEnded(event.token &- Self.adoptedTokens)
                }
            }
            checkTime()
        }
        return exitCode ?? 0
    }

    private var deadline: Instant? {
        [brain == nil ? brainDue : nil, brain?.answerDue, farewell?.due].compactMap { $0 }.min()
    }

    private func checkTime() {
        let now = Clock.now()
        if let due = brain?.answerDue, due <= now { replaceStuckBrain() }
        if let due = farewell?.due, due <= now { continueFarewell() }
    }

    // MARK: - Signals

    private func takeSignals() {
        // Reading them cannot fail but for a mistake of ours; a signal is not worth the keeper's life.
        while let notice = try? signals.next() {
            if notice.signal == .child {
                reap()
            } else {
                pass(notice.signal)
            }
        }
    }

    /// Tells the brain of a signal, now or when there is one.
    private func pass(_ signal: Signal) {
        if !openSignals.contains(signal) { openSignals.append(signal) }
        if brain?.isReady == true {
            tell(.signalled(signal))
        } else if [.terminate, .interrupt, .quit].contains(signal) {
            beginFarewellWithoutBrain()
        }
    }

    // MARK: - What is kept for the brain

    /// Keeps a descriptor. The keys of listening sockets begin with `listen/`: a connection on one makes sure that the brain answers.
    func hold(_ descriptor: Descriptor, as key: String) {
        release(key)
        held[key] = descriptor
        guard key.hasPrefix("listen/") else { return }
        do {
            try poller.add(descriptor, token: Token.listener.rawValue, [.readable, .edgeTriggered])
        } catch {
            say(.warn, "\(key): \(error)")
        }
    }

    func release(_ key: String) {
        guard let descriptor = held.removeValue(forKey: key), key.hasPrefix("listen/") else { return }
        poller.remove(descriptor)
    }

    /// A line for the main log.
    func say(_ level: LogLevel, _ text: String) {
        if brain?.isReady == true {
            tell(.say(level, text))
        } else {
            sayLater(level, text)
        }
    }

    /// A line for the main log that the next brain is to write.
    func sayLater(_ level: LogLevel, _ text: String) {
        if untoldLines.count >= 100 { untoldLines.removeFirst() }
        untoldLines.append((level, text))
    }
}
