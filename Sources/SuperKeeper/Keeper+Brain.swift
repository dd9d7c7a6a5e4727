import SuperBase
import SuperOS

/// The brain as the keeper sees it.
struct Brain {
    let pid: Int32
    let channel: Channel
    let startedAt: Instant
    /// It has closed the channel: it ends, or is ended.
    var isDeaf = false
    /// It has said that superd runs.
    var isReady = false
    var lastPing: UInt64 = 0
    /// When it must have answered the last ping; nil when it has.
    var answerDue: Instant?
    /// It was told to abort and gets SIGKILL next.
    var isAborting = false
}

/// Starting, hearing, watching and replacing the brain.
extension Keeper {
    /// The number under which a brain finds the channel to its keeper.
    static let channelNumber: Int32 = 3

    func startBrain() {
        brainDue = nil
        do {
            let (ours, theirs) = try Channel.pair()
            // First, because a brain that cannot be heard would wait for ever.
            try poller.add(ours.descriptor, token: Token.channel.rawValue, .readable)
            let pid = try spawnBrain(channel: theirs)
            brainsStarted += 1
            brain = Brain(pid: pid, channel: ours, startedAt: Clock.now())
            tellInventory()
        } catch {
            brainFailed("the brain cannot be started: \(error)")
        }
    }

    private func spawnBrain(channel: Descriptor) throws -> Int32 {
        var request = SpawnRequest(
            executable: settings.brainExecutable, arguments: settings.brainArguments,
            environment: settings.environment,
            descriptors: [.standardInput, .standardOutput, .standardError, channel])
        // A signal from the terminal is for the keeper alone.
        request.grouping = .newGroup
        return try spawn(request)
    }

    /// Tells a new brain everything that we keep.
    private func tellInventory() {
        tell(
            .welcome(
                version: KeeperProtocol.version, pid: CurrentProcess.pid, brains: brainsStarted - 1,
                lastGeneration: lastGeneration))
        for (key, bytes) in records { tell(.record(key: key, bytes: bytes)) }
        for (key, descriptor) in held { tell(.held(key: key), [descriptor]) }
        for child in children.values.sorted(by: { $0.fact.generation < $1.fact.generation }) {
            tellOfChild(child, { child.isAcknowledged ? .remains($0) : .child($0) })
            if let exit = child.exit, !child.isAcknowledged { tell(.exited(exit)) }
        }
        tell(.inventoryEnd)
    }

    /// Tells of a child and hands over our ends of its streams.
    func tellOfChild(_ child: Child, _ message: (ChildFact) -> KeeperMessage) {
        var fact = child.fact
        fact.streams = child.streams.keys.sorted { $0.rawValue < $1.rawValue }
        tell(message(fact), fact.streams.compactMap { child.streams[$0] })
    }

    /// Queues a message; one for a brain that has gone is dropped, because the next one is told everything.
    func tell(_ message: KeeperMessage, _ descriptors: [Descriptor] = []) {
        guard let brain, !brain.isDeaf else { return }
        do {
            try brain.channel.send(message.bytes, descriptors)
            try watchChannel()
        } catch {
            // The brain is dying; SIGCHLD tells.
            return
        }
        if case .ping = message { return }
        pingBrain()
    }

    private func watchChannel() throws(SystemError) {
        guard let channel = brain?.channel else { return }
        let interest: Poller.Interest = channel.hasUnsent ? [.readable, .writable] : .readable
        if channel.interest != interest {
            channel.interest = interest
            poller.change(channel.descriptor, token: Token.channel.rawValue, interest)
        }
    }

    /// Asks the brain to answer, unless a question is open already.
    func pingBrain() {
        guard brain != nil, brain?.answerDue == nil else { return }
        brain?.lastPing += 1
        brain?.answerDue = Clock.now() + settings.brainPatience
        tell(.ping(number: brain?.lastPing ?? 0))
    }

    // MARK: - Hearing

    func hearBrain() {
        guard let brain, !brain.isDeaf else { return }
        // What cannot be sent any more must not keep us from hearing what was said before.
        if (try? brain.channel.flush()) != nil { try? watchChannel() }
        // Bounded, so that signals are looked at in between.
        if !hear(brain.channel, atMost: 256) { brainIsDeaf() }
    }

    /// Obeys what has come, up to a number of messages; false where the channel is closed and everything was heard.
    private func hear(_ channel: Channel, atMost limit: Int) -> Bool {
        for _ in 0..<limit {
            do {
                guard let (bytes, descriptors) = try channel.receive() else { return true }
                obey(bytes, descriptors)
            } catch  where error.errno == .brokenPipe {
                return false
            } catch {
                say(.critical, "a message of the brain was lost: \(error)")
            }
        }
        return true
    }

    /// The channel is closed. SIGCHLD tells soon how the brain ended; one that goes on without ears is ended.
    private func brainIsDeaf() {
        guard let channel = brain?.channel else { return }
        poller.remove(channel.descriptor)
        brain?.isDeaf = true
        brain?.isAborting = true
        brain?.answerDue = Clock.now() + .seconds(1)
    }

    private func obey(_ bytes: [UInt8], _ descriptors: [Descriptor]) {
        do {
            guard let message = try BrainMessage(bytes: bytes) else { return }
            obey(message, descriptors)
        } catch {
            say(.critical, "a message of the brain could not be read: \(error)")
        }
    }

    private func obey(_ message: BrainMessage, _ descriptors: [Descriptor]) {
        switch message {
        case .spawn(let generation, let spec): spawnChild(generation, spec)
        case .signal(let generation, let signal, let toGroup): send(signal, to: generation, group: toGroup)
        case .acknowledge(let generation): acknowledge(generation)
        case .close(let generation, let stream): close(stream, of: generation)
        case .record(let key, let bytes): records[key] = bytes
        case .forget(let key): records[key] = nil
        case .together(let changes): for change in changes { records[change.key] = change.bytes }
        case .hold(let key):
            guard let descriptor = descriptors.first else {
                return say(.critical, "\(key) is not held for the next brain: too many open files")
            }
            hold(descriptor, as: key)
        case .release(let key): release(key)
        case .ready: brainIsReady()
        case .exit(let code): beginFarewell(code: code)
        case .pong(let number): if number == brain?.lastPing { brain?.answerDue = nil }
        case .took(let signal): openSignals.removeAll { $0 == signal }
        case .adopt(let generation, let pid): adopt(pid, as: generation)
        }
    }

    private func brainIsReady() {
        brain?.isReady = true
        onStart?(.ready)
        onStart = nil
        for (level, text) in untoldLines { tell(.say(level, text)) }
        untoldLines = []
        for signal in openSignals { tell(.signalled(signal)) }
        if farewell?.isWithoutBrain == true { farewell = nil }
        CurrentProcess.releaseCode()
    }

    // MARK: - Its end

    /// The brain was reaped. What it had still said is obeyed first: a record may be among it.
    func brainEnded(_ status: ExitStatus) {
        guard let ended = brain else { return }
        if !ended.isDeaf {
            // More than a socket holds, and not for ever.
            _ = hear(ended.channel, atMost: 100_000)
            poller.remove(ended.channel.descriptor)
        }
        // What it said last may have made it ready.
        let wasReady = brain?.isReady ?? false
        brain = nil
        if wasReady {
            let life = Clock.now() - ended.startedAt
            brainFailures = life < .milliseconds(200) ? brainFailures + 1 : 0
            brainDue = Clock.now() + delayBeforeNextBrain
            say(.critical, "the brain (pid \(ended.pid)) ended (\(status)); programs go on, a new brain starts")
            return
        }
        if let onStart, case .exited(let code) = status {
            onStart(.failed(code: code))
            self.onStart = nil
            exitCode = code
            return
        }
        brainFailed("the brain (pid \(ended.pid)) ended (\(status)) before it was ready")
    }

    private func brainFailed(_ text: String) {
        brainFailures += 1
        brainDue = Clock.now() + delayBeforeNextBrain
        say(.critical, text)
    }

    /// At once the first time; then 10, 20, 40 … ms, up to a second.
    private var delayBeforeNextBrain: Duration {
        brainFailures == 0 ? .zero : min(.milliseconds(5) * (1 << min(brainFailures, 8)), .seconds(1))
    }

    /// It has not answered: SIGABRT for a core dump, then SIGKILL.
    func replaceStuckBrain() {
        guard let stuck = brain else { return }
        // To the next one: this one reads nothing.
        sayLater(.critical, "the brain (pid \(stuck.pid)) does not answer and is replaced")
        // It may have ended in this moment; SIGCHLD tells. One that is stopped takes SIGABRT when it is continued.
        try? (stuck.isAborting ? Signal.kill : .abort).send(toProcess: stuck.pid)
        try? Signal.continue.send(toProcess: stuck.pid)
        brain?.isAborting = true
        brain?.answerDue = Clock.now() + .seconds(1)
    }
}
