import SuperBase
import SuperCore
import SuperKeeper
import SuperOS

/// The listening sockets of programs: opened when a program comes in, held by the keeper, closed when no configuration names them any more.
/// So they survive a brain, a reload and every restart of their programs, and connections wait in them meanwhile.
extension Brain {
    /// Takes over what the keeper holds.
    func adoptSockets(_ inventory: Inventory) {
        sockets = inventory.held.filter { SocketKey.isSocket($0.key) }
        socketPlaces = inventory.records.filter { SocketKey.isSocket($0.key) }
    }

    /// Opens what these processes need and is not open yet. What cannot be opened is told, and tried again when a process starts.
    func openSockets(of configs: [ProcessConfig]) {
        for config in configs {
            do {
                try openSockets(of: config)
            } catch {
                log.write(.critical, "\(config.name): \(error)")
            }
        }
    }

    /// Opens what this process needs, and answers under which keys the keeper has it.
    @discardableResult
    func openSockets(of config: ProcessConfig) throws(ListenSocket.Problem) -> SocketKeys {
        for socket in config.sockets + (config.sharedSocket.map { [$0] } ?? []) {
            let key = SocketKey.key(of: socket, for: config.name)
            guard sockets[key] == nil else { continue }
            let opened = try ListenSocket(opening: socket, user: config.user)
            sockets[key] = opened.descriptor
            socketConfigs[key] = socket
            tell(.hold(key: key), [opened.descriptor])
            if let place = opened.place {
                socketPlaces[key] = place
                tell(.record(key: key, bytes: place))
            }
            log.write(.info, "listening on \(socket.url) for \(config.name)")
        }
        return SocketKeys(of: config)
    }

    /// Closes what no process has, or is to have, any more.
    func closeUnusedSockets() {
        guard !sockets.isEmpty else { return }
        var used: Set<String> = []
        for config in fleet.allConfigs {
            for socket in config.sockets + (config.sharedSocket.map { [$0] } ?? []) {
                let key = SocketKey.key(of: socket, for: config.name)
                socketConfigs[key] = socket
                used.insert(key)
            }
        }
        for key in sockets.keys.filter({ !used.contains($0) }).sorted() { closeSocket(key) }
    }

    private func closeSocket(_ key: String) {
        stopWatchingDemand(key)
        sockets[key] = nil
        tell(.release(key: key))
        guard let place = socketPlaces.removeValue(forKey: key) else { return }
        tell(.forget(key: key))
        if let socket = socketConfigs.removeValue(forKey: key) { ListenSocket.remove(socket, place: place) }
    }

    /// At the end of superd: takes socket files away.
    func removeSocketFiles() {
        // A brain that has taken over learns here what each socket is.
        closeUnusedSockets()
        for key in Array(sockets.keys) { closeSocket(key) }
    }

    // MARK: - Starting on demand

    /// Looks which sockets a connection is to be waited for on: those whose processes start on demand and are all down.
    func followDemand() {
        if demandIsStale {
            demandIsStale = false
            onDemandNames = fleet.names.filter { fleet[$0]?.config.startsOnDemand == true }
        }
        guard !onDemandNames.isEmpty || !demandWatches.isEmpty else { return }
        let onDemand = onDemandNames.compactMap { fleet[$0] }
        var wanted: Set<String> = []
        for machine in onDemand where state == .running {
            let isDown = [.stopped, .exited].contains(machine.processState) && fleet.others(of: machine.name).isEmpty
            if isDown { wanted.formUnion(SocketKeys(of: machine.config).listening) }
        }
        // One that is up takes the connection.
        for machine in onDemand where machine.generation != nil || machine.deadline != nil {
            wanted.subtract(SocketKeys(of: machine.config).listening)
        }
        for key in demandWatches.keys where !wanted.contains(key) { stopWatchingDemand(key) }
        for key in wanted where demandWatches[key] == nil {
            guard let socket = sockets[key] else { continue }
            demandWatches[key] = try? reactor.watch(socket, .readable, rank: .notice) { [unowned self] _ in
                demanded(key)
            }
        }
        let isUp = onDemand.contains { $0.processState == .running && $0.config.idleTimeout > .zero }
        if isUp, idleDue == nil { idleDue = Clock.now() + Self.idleInterval }
        if !isUp {
            idleDue = nil
            lastUse = [:]
        }
    }

    /// How often superd looks whether anybody is connected to processes that stop when nobody is.
    private static let idleInterval = Duration.seconds(1)

    private func stopWatchingDemand(_ key: String) {
        if let watch = demandWatches.removeValue(forKey: key) { reactor.unwatch(watch) }
    }

    private func demanded(_ key: String) {
        stopWatchingDemand(key)
        let names = onDemandNames.filter { name in
            fleet[name].map { SocketKeys(of: $0.config).listening.contains(key) } ?? false
        }
        let url = socketConfigs[key]?.url ?? key
        log.write(.info, "a connection on \(url) starts \(names.map(\.description).joined(separator: ", "))")
        handle(.demanded(names))
    }

    /// Stops the processes that nobody has been connected to for long enough.
    func stopIdle() {
        let now = Clock.now()
        idleDue = now + Self.idleInterval
        var idle: [ProcessName] = []
        for name in onDemandNames {
            guard let machine = fleet[name], machine.processState == .running,
                machine.config.idleTimeout > .zero, let run = machine.run
            else { continue }
            let isUsed = SocketKeys(of: machine.config).listening.contains { key in
                sockets[key].flatMap { try? ListenSocketUse.connections(of: $0) } ?? 0 > 0
            }
            if isUsed { lastUse[name] = now }
            if now - max(lastUse[name] ?? run.startedAt, run.startedAt) >= machine.config.idleTimeout {
                idle.append(name)
            }
        }
        if !idle.isEmpty { handle(.idle(idle)) }
    }
}
