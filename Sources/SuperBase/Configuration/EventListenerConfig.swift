/// What an `[eventlistener:x]` listens to.
public struct EventListenerConfig: Sendable, Hashable {
    /// The types subscribed to, in capitals, in the order given; a type stands for all below it.
    public var events: [String] = []
    /// Events kept while every listener is busy; then the oldest is dropped.
    public var bufferSize = 10
    /// The Python name of Supervisor's result handler. superd always does what the default one does.
    public var resultHandler = EventListenerConfig.defaultResultHandler

    /// Takes `OK` for accepted and everything else for rejected.
    public static let defaultResultHandler = "supervisor.dispatchers:default_handler"

    public init() {}
}
