import SuperAPI
import SuperBase
import SuperCore
import SuperKeeper
import SuperOS

/// The control endpoints: opened from what the keeper holds, and every call answered.
extension Brain: ControlService {
    /// Serves the endpoints of the configuration on the sockets that the keeper holds.
    func openControl(_ held: [String: Descriptor]) {
        for server in configuration.servers {
            do {
                let key = ControlListener.key(of: server)
                let socket = try held[key] ?? open(server)
                serve(server, on: socket)
            } catch {
                log.write(.critical, "[\(server.section)] is not opened: \(error)")
            }
        }
    }

    private func open(_ server: ServerConfig) throws -> Descriptor {
        let listener = try ControlListener(opening: server)
        tell(.hold(key: listener.key), [listener.socket])
        listenerPlaces[listener.key] = listener.place
        if let place = listener.place { tell(.record(key: listener.key, bytes: place)) }
        return listener.socket
    }

    private func serve(_ server: ServerConfig, on socket: Descriptor) {
        var owner: UInt32?
        if case .unix(let path, _, _) = server.address { owner = (try? FileSystem.status(path))??.user }
        listeners[ControlListener.key(of: server)] = socket
        if server.username == nil && server.token == nil {
            let warning = "Server '\(server.section)' running without any HTTP authentication checking"
            controlWarnings.append(warning)
            if predecessors == 0 { log.write(.critical, warning) }
        }
        if let refusal = control.listen(on: socket, as: server, daemonUser: CurrentProcess.user, socketOwner: owner) {
            controlWarnings.append(refusal)
            log.write(.critical, refusal)
        }
    }

    /// After a reload: closes what is gone, opens what is new, keeps what stays.
    func followServers(from old: [ServerConfig]) {
        guard old != configuration.servers else { return }
        control.stopListening()
        controlWarnings = []
        let staying = Set(configuration.servers.map(ControlListener.key))
        for server in old where !staying.contains(ControlListener.key(of: server)) {
            let key = ControlListener.key(of: server)
            listeners[key] = nil
            tell(.release(key: key))
            tell(.forget(key: key))
            ControlListener.remove(server, place: listenerPlaces.removeValue(forKey: key))
        }
        openControl(listeners)
    }

    // MARK: - Calls

    func handle(_ call: ControlCall, _ ticket: Ticket) -> ControlReply {
        codeReleaseDue = Clock.now() + Self.quiet
        do {
            return try answer(call, ticket)
        } catch let problem as Problem {
            return .now(problem.answer)
        } catch {
            return .now(Problem(.internalError, "\(error)").answer)
        }
    }

    private func answer(_ call: ControlCall, _ ticket: Ticket) throws -> ControlReply {
        switch call {
        case .listProcesses(let call): return .now(call.answer(processList(call.select)))
        case .showProcess(let call): return .now(call.answer(try show(call.name)))
        case .listGroups(let call):
            let now = Now()
            return .now(call.answer(GroupList(fleet.groups.map { info($0, now) })))
        case .showGroup(let call):
            guard let group = fleet.group(call.group) else {
                throw Problem(ActionResult(call.group, .start, .noSuchGroup))
            }
            return .now(call.answer(info(group, Now())))
        case .checkConfiguration(let call): return .now(call.answer(check()))
        case .rereadConfiguration(let call): return .now(call.answer(try reread()))
        case .diffConfiguration(let call): return .now(call.answer(try diff()))
        case .listAvailable(let call): return .now(call.answer(available))
        case .showDaemon(let call): return .now(call.answer(daemonInfo))
        case .checkHealth(let call): return .now(call.answer(Health()))
        case .checkReadiness(let call): return .now(readinessAnswer(call))
        case .readLog, .tailLog, .readMainLog, .tailMainLog, .followLogs, .followMainLog, .followEvents, .clearMainLog:
            return try answerLog(call, ticket)
        default: return try command(call, ticket)
        }
    }

    /// Ready or not is told by the status too, for probes that look at nothing else.
    private func readinessAnswer(_ call: CheckReadiness) -> Answer {
        var answer = call.answer(readiness)
        if !readiness.isReady { answer.status = 503 }
        return answer
    }

    private func show(_ word: String) throws -> ProcessInfo {
        guard let name = ProcessName(word), let info = info(name, Now()) else {
            throw Problem(ActionResult(word, .start, .noSuchProcess))
        }
        return info
    }

    /// Commands answer when they are done; the ticket finds the client if it is still there.
    private func command(_ call: ControlCall, _ ticket: Ticket) throws -> ControlReply {
        func reply<Call: Endpoint>(_ call: Call) -> Reply where Call.Response == ActionResults {
            { [unowned self] results in control.answer(ticket, call.answer(ActionResults(results))) }
        }
        switch call {
        case .startProcesses(let call): start(call, reply(call))
        case .stopProcesses(let call): stop(call, reply(call))
        case .restartProcesses(let call): restart(call, reply(call))
        case .rollProcesses(let call): roll(call, reply(call))
        case .scaleProgram(let call): try scale(call, reply(call))
        case .signalProcesses(let call): signal(call, reply(call))
        case .clearLogs(let call): clear(call, reply(call))
        case .writeInput(let call): return .now(call.answer(ActionResults([write(call)])))
        case .addGroup(let call): try add(call, reply(call))
        case .removeGroup(let call): remove(call, reply(call))
        case .updateConfiguration(let call): try update(call, reply(call))
        default: return .now(try daemonCommand(call))
        }
        return .later
    }

    private func daemonCommand(_ call: ControlCall) throws -> Answer {
        switch call {
        case .reloadDaemon(let call):
            guard state != .shutdown else { throw Problem(.shuttingDown, "superd is shutting down") }
            // Found good before the answer, so that the operator sees what is wrong.
            restart(with: try load())
            return call.answer(Accepted("restarting every program"))
        case .shutdownDaemon(let call):
            afterTurn.append { [unowned self] in shutDown() }
            return call.answer(Accepted("shutting down"))
        case .reopenLogs(let call):
            reopenLogs()
            return call.answer(Accepted("log files are opened again"))
        default: throw Problem(.notFound, "superd does not know this command")
        }
    }
}
