/// The control API: every request that superd answers.
///
/// `GET /openapi.json` is not in the list: it is made from the list.
public enum ControlAPI {
    /// In the order of the reference page.
    public static let endpoints: [any Endpoint.Type] = [
        ListProcesses.self,
        ShowProcess.self,
        StartProcesses.self,
        StopProcesses.self,
        RestartProcesses.self,
        RollProcesses.self,
        SignalProcesses.self,
        ClearLogs.self,
        WriteInput.self,
        ScaleProgram.self,
        ListGroups.self,
        ShowGroup.self,
        AddGroup.self,
        RemoveGroup.self,
        CheckConfiguration.self,
        RereadConfiguration.self,
        DiffConfiguration.self,
        UpdateConfiguration.self,
        ListAvailable.self,
        ShowDaemon.self,
        ReloadDaemon.self,
        ShutdownDaemon.self,
        ReopenLogs.self,
        CheckHealth.self,
        CheckReadiness.self,
        ReadLog.self,
        TailLog.self,
        FollowLogs.self,
        ReadMainLog.self,
        TailMainLog.self,
        FollowMainLog.self,
        ClearMainLog.self,
        FollowEvents.self,
    ]
}

/// One request that was read, for an exhaustive `switch`; every case holds the endpoint of its name.
public enum ControlCall: Sendable, Hashable {
    case listProcesses(ListProcesses)
    case showProcess(ShowProcess)
    case startProcesses(StartProcesses)
    case stopProcesses(StopProcesses)
    case restartProcesses(RestartProcesses)
    case rollProcesses(RollProcesses)
    case signalProcesses(SignalProcesses)
    case clearLogs(ClearLogs)
    case writeInput(WriteInput)
    case scaleProgram(ScaleProgram)
    case listGroups(ListGroups)
    case showGroup(ShowGroup)
    case addGroup(AddGroup)
    case removeGroup(RemoveGroup)
    case checkConfiguration(CheckConfiguration)
    case rereadConfiguration(RereadConfiguration)
    case diffConfiguration(DiffConfiguration)
    case updateConfiguration(UpdateConfiguration)
    case listAvailable(ListAvailable)
    case showDaemon(ShowDaemon)
    case reloadDaemon(ReloadDaemon)
    case shutdownDaemon(ShutdownDaemon)
    case reopenLogs(ReopenLogs)
    case checkHealth(CheckHealth)
    case checkReadiness(CheckReadiness)
    case readLog(ReadLog)
    case tailLog(TailLog)
    case followLogs(FollowLogs)
    case readMainLog(ReadMainLog)
    case tailMainLog(TailMainLog)
    case followMainLog(FollowMainLog)
    case clearMainLog(ClearMainLog)
    case followEvents(FollowEvents)
}
