import SuperBase
import Testing

/// Names of signals, statuses, processes and states.
struct WordTests {
    @Test(arguments: ["TERM", "SIGTERM", "term", "SigTerm"])
    func aSignalIsKnownByItsNameInAnyCase(text: String) {
        #expect(Signal(name: text) == .terminate)
    }

    @Test(arguments: ["", "SIG", "TERMINATE", "15", " TERM", "SIGSIGTERM", "RTMIN+1", "NOSUCH"])
    func noOtherTextIsASignal(text: String) {
        #expect(Signal(name: text) == nil)
    }

    @Test func everySignalWithANameComesBackFromIt() {
        for number in 1...64 as ClosedRange<Int32> {
            let signal = Signal(rawValue: number)
            guard signal.name != String(number) else { continue }
            #expect(Signal(name: signal.name) == signal)
            #expect(Signal(name: signal.description) == signal)
            #expect(signal.isKnown)
        }
    }

    @Test(
        arguments: [
            (Signal.hangup, 1, "HUP"), (.interrupt, 2, "INT"), (.quit, 3, "QUIT"), (.abort, 6, "ABRT"),
            (.kill, 9, "KILL"),
            (.user1, 10, "USR1"), (.user2, 12, "USR2"), (.pipe, 13, "PIPE"), (.terminate, 15, "TERM"),
            (.child, 17, "CHLD"), (.continue, 18, "CONT"), (.stop, 19, "STOP"),
        ] as [(Signal, Int32, String)])
    func signalsHaveTheirLinuxNumbers(signal: Signal, number: Int32, name: String) {
        #expect(signal.rawValue == number)
        #expect(signal.name == name)
        #expect(signal.description == "SIG" + name)
    }

    @Test func aSecondNameOfASignalIsRead() {
        #expect(Signal(name: "IOT") == .abort)
        #expect(Signal(name: "CLD") == .child)
        #expect(Signal(name: "POLL") == Signal(name: "IO"))
    }

    @Test func aSignalWithoutANameIsItsNumber() {
        #expect(Signal(rawValue: 40).name == "40")
        #expect(Signal(rawValue: 40).description == "signal 40")
    }

    @Test(
        arguments: [
            (-1, false), (0, true), (1, true), (31, true), (32, false), (33, false), (34, true), (64, true),
            (65, false),
        ] as [(Int32, Bool)])
    func theKernelKnowsTheseNumbers(number: Int32, isKnown: Bool) {
        #expect(Signal(rawValue: number).isKnown == isKnown)
    }

    @Test(
        arguments: [
            (0x0000, "exit status 0", 0), (0x0300, "exit status 3", 3), (0xff00, "exit status 255", 255),
            (0x000f, "terminated by SIGTERM", -1), (0x008b, "terminated by SIGSEGV (core dumped)", -1),
            (0x0028, "terminated by signal 40", -1),
        ] as [(Int32, String, Int32)])
    func aStatusWordSaysHowAProcessEnded(word: Int32, text: String, code: Int32) {
        let status = SuperBase.ExitStatus(waitStatus: word)
        #expect(status.description == text)
        #expect(status.code == code)
        #expect(status.waitStatus == word)
    }

    @Test(arguments: [("web", "web", "web"), ("web:web", "web", "web"), ("web:web_00", "web", "web_00")])
    func aProcessIsNamedByGroupAndName(text: String, group: String, process: String) {
        #expect(ProcessName(text) == ProcessName(group: group, process: process))
    }

    @Test(arguments: ["", ":", "web:", ":web", "a:b:c", "::"])
    func noOtherTextNamesAProcess(text: String) {
        #expect(ProcessName(text) == nil)
    }

    @Test func aNameIsShortenedWhereBothPartsAreEqual() {
        #expect(ProcessName(group: "web", process: "web").description == "web")
        #expect(ProcessName(group: "web", process: "w").description == "web:w")
    }

    @Test func namesAreOrderedByGroupThenByProcess() {
        let names = ["b", "a:z", "a", "ab:a"].compactMap { ProcessName($0) }
        #expect(names.sorted().map(\.description) == ["a", "a:z", "ab:a", "b"])
    }

    @Test(arguments: [
        (ProcessState.stopped, 0, "STOPPED"), (.starting, 10, "STARTING"), (.running, 20, "RUNNING"),
        (.backoff, 30, "BACKOFF"), (.stopping, 40, "STOPPING"), (.exited, 100, "EXITED"), (.fatal, 200, "FATAL"),
        (.unknown, 1000, "UNKNOWN"),
    ])
    func statesHaveSupervisorsNamesAndCodes(state: ProcessState, code: Int, name: String) {
        #expect(state.rawValue == code)
        #expect(state.name == name)
        #expect(ProcessState(name: name) == state)
        #expect(ProcessState(name: name.lowercased()) == nil)
    }

    @Test func theSetsOfStatesAreSupervisorsAndSuperdsOwnAreAmongThem() {
        #expect(ProcessState.allCases.filter(\.isRunning) == [.starting, .running, .backoff, .waiting])
        #expect(ProcessState.allCases.filter(\.isStopped) == [.stopped, .exited, .completed, .fatal, .unknown])
        #expect(ProcessState.allCases.filter(\.isSignallable) == [.starting, .running, .stopping])
    }
}
