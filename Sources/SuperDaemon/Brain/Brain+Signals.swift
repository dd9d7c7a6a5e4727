import SuperBase
import SuperCore

/// What superd does about signals: as supervisord.
extension Brain {
    func received(_ signal: Signal) {
        switch signal {
        case .terminate, .interrupt, .quit:
            log.write(.warn, "received \(signal) indicating exit request")
            shutDown()
        case .hangup:
            if state == .shutdown {
                log.write(.warn, "ignored \(signal) indicating restart request (shutdown in progress)")
            } else {
                log.write(.warn, "received \(signal) indicating restart request")
                restart()
            }
        case .user2:
            log.write(.info, "received \(signal) indicating log reopen request")
            reopenLogs()
        case Signal(name: "TTIN"): changePool(by: 1)
        case Signal(name: "TTOU"): changePool(by: -1)
        default: log.write(.trace, "received \(signal) indicating nothing")
        }
    }

    func reopenLogs() {
        pump.order(.reopen)
        log.write(.info, "supervisord logreopen")
    }

    /// Stops everything and ends.
    func shutDown() {
        guard state != .shutdown else { return }
        state = .shutdown
        record(phase: .shuttingDown)
        handle(.end(.shutdown))
    }
}
