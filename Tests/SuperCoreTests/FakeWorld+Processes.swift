import SuperBase
import SuperCore

extension Instant {
    fileprivate static let distant = Instant(nanoseconds: .max)
}

/// Processes, and the commands and looks that a brain has others do for it.
extension FakeWorld {
    /// One life of a process, from its spawn until its end is acknowledged.
    struct Life {
        let config: ProcessConfig
        let generation: UInt64
        let pid: Int32
        let startedAt: Instant
        /// When it can serve; nil: never.
        var readyAt: Instant?
        /// From when on it is hung or answers probes badly; nil: never.
        var sickAt: Instant?
        /// When it will end; nil: not by itself.
        var endsAt: Instant?
        var status: ExitStatus
        var ended: Instant?
        /// When it was first told to stop in any way.
        var stopBegan: Instant?
        /// When it was sent the stop signal, or SIGKILL after it, last.
        var stopSignalAt: Instant?
        var isSignalled = false
        /// A probe of it had no answer, or a bad one.
        var hasFailed = false
        /// A brain took it over since it was told to stop, or its configuration changed: when it is killed cannot be foretold.
        var isTimedAnew = false

        var name: ProcessName { config.name }
    }

    /// Something that happens at a time.
    struct Happening {
        enum What {
            case spawn(ProcessConfig, generation: UInt64)
            case ready(generation: UInt64)
            case beat(generation: UInt64)
            case hookEnds(ProcessName, Hook, generation: UInt64, failure: String?)
            case probeAnswers(ProcessName, generation: UInt64)
            case measured(ProcessName, generation: UInt64, ByteSize)
        }

        let due: Instant
        let what: What
    }

    /// How the processes of one name behave.
    struct Temper {
        var spawnFailurePercent = 0
        var spawnTakes: [Duration] = [.milliseconds(1)]
        /// Nil: for ever.
        var lives: [Duration?] = [nil]
        var exits: [ExitStatus] = [.exited(code: 0)]
        /// Nil: it ignores the stop signal.
        var stopTakes: Duration? = .milliseconds(10)
        /// Nil: never.
        var readyAfter: [Duration?] = [.zero]
        var sickAfter: [Duration?] = [nil]
        /// Nil: no answer comes.
        var answersAfter: [Duration?] = [.milliseconds(5)]
        var hookFailurePercent = 0
        var memory: [ByteSize] = [ByteSize(bytes: 1)]
    }

    /// A new version of a program that does not work has this command.
    static let badCommand = "/bin/bad"

    func temper(_ name: ProcessName) -> Temper { isCalm ? Temper() : tempers[name] ?? Temper() }

    /// The life of a process of this name that has not ended, other than these generations.
    func living(_ name: ProcessName, otherThan generations: Set<UInt64> = []) -> Life? {
        lives.values.first { $0.name == name && $0.ended == nil && !generations.contains($0.generation) }
    }

    // MARK: - What the brain wants done

    mutating func spawn(_ seat: Seat, _ generation: UInt64) {
        guard let config = fleet[seat]?.config else { return }
        let takes = dice.pick(temper(seat.name).spawnTakes)
        happenings.append(Happening(due: now + takes, what: .spawn(config, generation: generation)))
    }

    mutating func run(_ hook: Hook, _ seat: Seat, _ generation: UInt64) {
        guard hook == .preStart || hook == .preStop, let takes = dice.pick(temper(seat.name).answersAfter) else {
            return
        }
        let failure = dice.chance(percent: temper(seat.name).hookFailurePercent) ? "exit status 1" : nil
        happenings.append(
            Happening(
                due: now + takes, what: .hookEnds(seat.name, hook, generation: generation, failure: failure)))
    }

    mutating func probe(_ seat: Seat, _ generation: UInt64, _ timeout: Duration) {
        guard let takes = dice.pick(temper(seat.name).answersAfter) else {
            lives[generation]?.hasFailed = true
            return
        }
        happenings.append(
            Happening(due: now + min(takes, timeout), what: .probeAnswers(seat.name, generation: generation)))
    }

    mutating func measure(_ seat: Seat, _ generation: UInt64) {
        let size = dice.pick(temper(seat.name).memory)
        happenings.append(
            Happening(due: now + .milliseconds(1), what: .measured(seat.name, generation: generation, size)))
    }

    /// What a signal does to a process.
    mutating func receive(_ signal: Signal, _ generation: UInt64) {
        guard var life = lives[generation], life.ended == nil else { return }
        life.isSignalled = true
        var takes: Duration?
        if signal == .kill {
            takes = .milliseconds(dice.roll(3))
        } else if [.terminate, .interrupt, .quit].contains(signal) {
            takes = temper(life.name).stopTakes
        }
        if let takes, life.endsAt.map({ now + takes < $0 }) ?? true {
            life.endsAt = now + takes
            life.status = dice.chance(percent: 70) ? .signaled(signal, coreDumped: false) : .exited(code: 0)
        }
        if signal == .kill { life.status = .signaled(.kill, coreDumped: false) }
        lives[generation] = life
    }

    // MARK: - What happens

    /// Everything in the world outside superd that is due, in the order of time.
    mutating func happen() {
        while true {
            let ending = lives.values.filter { $0.ended == nil && $0.endsAt.map { $0 <= now } ?? false }
                .min { ($0.endsAt ?? now, $0.generation) < ($1.endsAt ?? now, $1.generation) }
            let next = happenings.indices.filter { happenings[$0].due <= now }
                .min { happenings[$0].due < happenings[$1].due }
            if let next, ending?.endsAt.map({ happenings[next].due <= $0 }) ?? true {
                carryOut(happenings.remove(at: next))
            } else if let ending, let endsAt = ending.endsAt {
                lives[ending.generation]?.ended = endsAt
                news.append(
                    .exited(ending.name, generation: ending.generation, status: ending.status, at: endsAt))
            } else {
                return
            }
        }
    }

    mutating func carryOut(_ happening: Happening) {
        switch happening.what {
        case .spawn(let config, let generation): begin(config, generation, at: happening.due)
        case .ready(let generation): becomeReady(generation)
        case .beat(let generation): beat(generation)
        case .hookEnds(let name, let hook, let generation, let failure):
            news.append(.hookEnded(name, hook, generation: generation, failure: failure))
        case .probeAnswers(let name, let generation):
            let isWell = lives[generation].map { $0.ended == nil && isReady($0) && !isSick($0) } ?? false
            if !isWell { lives[generation]?.hasFailed = true }
            news.append(.probed(name, generation: generation, failure: isWell ? nil : "connection refused"))
        case .measured(let name, let generation, let size):
            news.append(.measured(name, generation: generation, size))
        }
    }

    func isReady(_ life: Life) -> Bool { life.readyAt.map { $0 <= now } ?? false }
    func isSick(_ life: Life) -> Bool { !isCalm && (life.sickAt.map { $0 <= now } ?? false) }

    /// The keeper spawns, or cannot.
    private mutating func begin(_ config: ProcessConfig, _ generation: UInt64, at startedAt: Instant) {
        let temper = temper(config.name)
        if dice.chance(percent: temper.spawnFailurePercent) {
            let message = "can't find command 'nothing'"
            return news.append(.spawnFailed(config.name, generation: generation, message: message))
        }
        usedGenerations.insert(generation)
        nextPid += 1
        var life = Life(
            config: config, generation: generation, pid: nextPid, startedAt: startedAt, status: dice.pick(temper.exits))
        life.endsAt = dice.pick(temper.lives).map { startedAt + $0 }
        life.readyAt = dice.pick(temper.readyAfter).map { startedAt + $0 }
        life.sickAt = dice.pick(temper.sickAfter).map { startedAt + $0 }
        if isCalm, config.kind == .oneshot {
            life.endsAt = startedAt + .seconds(1)
            life.status = .exited(code: config.exitCodes.first ?? 0)
        }
        if !isCalm, config.command == FakeWorld.badCommand {
            life.endsAt = dice.chance(percent: 60) ? startedAt + .milliseconds(dice.roll(900)) : nil
            life.readyAt = nil
            life.sickAt = startedAt
        }
        lives[generation] = life
        news.append(.spawned(config.name, generation: generation, pid: nextPid, at: startedAt))
        if let readyAt = life.readyAt {
            happenings.append(Happening(due: readyAt, what: .ready(generation: generation)))
        }
        if config.health.check == .heartbeat {
            happenings.append(Happening(due: startedAt + .milliseconds(500), what: .beat(generation: generation)))
        }
    }

    mutating func becomeReady(_ generation: UInt64) {
        guard let life = lives[generation], life.ended == nil else { return }
        switch life.config.readiness {
        case .uptime, .probe: break
        case .notify:
            var notice = Notice()
            notice.isReady = true
            news.append(.notified(life.name, generation: generation, notice))
        case .descriptor, .line: news.append(.ready(life.name, generation: generation))
        }
    }

    private mutating func beat(_ generation: UInt64) {
        guard let life = lives[generation], life.ended == nil else { return }
        happenings.append(Happening(due: now + life.config.health.interval / 2, what: .beat(generation: generation)))
        guard !isSick(life) else { return }
        var notice = Notice()
        notice.heartbeat = .alive
        news.append(.notified(life.name, generation: generation, notice))
    }

    /// Nothing fails from now on, and what lives goes on living unless a signal is already on its way.
    mutating func calmDown() {
        isCalm = true
        for generation in lives.keys.sorted() {
            guard let life = lives[generation], life.ended == nil else { continue }
            if !life.isSignalled { lives[generation]?.endsAt = nil }
            if life.config.kind == .oneshot {
                lives[generation]?.endsAt = min(life.endsAt ?? .distant, now + .seconds(1))
            }
            if life.readyAt.map({ $0 > now }) ?? true { lives[generation]?.readyAt = now }
            // Whoever did not hear of it, since the brain of then has ended, hears of it now.
            becomeReady(generation)
        }
    }
}
