import CSuperOS
public import SuperBase

/// A child that was not started: the step that failed, and why.
public struct SpawnError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The steps of starting a child, in their order. The numbers travel between keeper and brain and never change.
    public enum Stage: UInt8, Sendable, Hashable, CaseIterable {
        case forking = 1
        case settingProcessGroup = 2
        case installingDescriptors = 3
        case settingLimits = 4
        case settingGroups = 5
        case settingGroup = 6
        case settingUser = 7
        case settingDeathSignal = 8
        case changingDirectory = 9
        case executing = 10
        /// Before there was anything to start: a socket that the child was to be given is not held.
        case findingSocket = 11
    }

    public var stage: Stage
    public var errno: Errno
    /// What the stage was about: a directory, a file, a user's number, a socket; empty where there is no such thing.
    public var subject: String

    public init(
        stage: Stage, errno: Errno, executable: String, directory: String? = nil,
        identity: ProcessSpec.Identity? = nil, socket: String? = nil
    ) {
        self.stage = stage
        self.errno = errno
        subject =
            switch stage {
            case .changingDirectory: directory ?? ""
            case .executing: executable
            case .settingGroup: identity.map { String($0.group) } ?? ""
            case .settingUser: identity.map { String($0.user) } ?? ""
            case .findingSocket: socket ?? ""
            case .forking, .settingProcessGroup, .installingDescriptors, .settingLimits, .settingGroups,
                .settingDeathSignal:
                ""
            }
    }

    /// `changing directory to /srv/app: No such file or directory`, `socket tcp://:80 is not open`
    public var description: String {
        let subject = subject.isEmpty ? "" : " \(subject)"
        return stage == .findingSocket ? "\(words)\(subject) is not open" : "\(words)\(subject): \(errno)"
    }

    private var words: String {
        switch stage {
        case .forking: "forking"
        case .settingProcessGroup: "setting the process group"
        case .installingDescriptors: "installing descriptors"
        case .settingLimits: "setting the limit of open files"
        case .settingGroups: "setting the supplementary groups"
        case .settingGroup: "becoming group"
        case .settingUser: "becoming user"
        case .settingDeathSignal: "setting the parent-death signal"
        case .changingDirectory: "changing directory to"
        case .executing: "executing"
        case .findingSocket: subject.isEmpty ? "a socket of the program" : "socket"
        }
    }
}
