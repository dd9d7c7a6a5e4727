import SuperBase
import SuperOS
import Testing

/// Who descends from whom.
@Suite struct ProcessAncestryTests {
    /// 1 ─ 10 (keeper) ─ 20 (main) ─ 21 ─ 22; 10 ─ 30 (main), whose orphan 31 stayed in its group; 1 ─ 40, a stranger; 23 has ended.
    private static let places: [Int32: ProcessPlace] = [
        1: ProcessPlace(pid: 1, parent: 0, group: 1), 10: ProcessPlace(pid: 10, parent: 1, group: 10),
        20: ProcessPlace(pid: 20, parent: 10, group: 20), 21: ProcessPlace(pid: 21, parent: 20, group: 20),
        22: ProcessPlace(pid: 22, parent: 21, group: 22), 30: ProcessPlace(pid: 30, parent: 10, group: 30),
        31: ProcessPlace(pid: 31, parent: 10, group: 30), 40: ProcessPlace(pid: 40, parent: 1, group: 40),
        23: ProcessPlace(pid: 23, parent: 20, group: 20, hasEnded: true),
        // A chain that was read while it changed.
        50: ProcessPlace(pid: 50, parent: 51, group: 50), 51: ProcessPlace(pid: 51, parent: 50, group: 50),
    ]
    private let ancestry = ProcessAncestry { Self.places[$0] }

    @Test(
        arguments: [
            (20, 20), (21, 20), (22, 20), (23, 20), (30, 30), (31, 30), (40, nil), (10, nil), (1, nil), (99, nil),
            (0, nil),
            (-5, nil), (50, nil),
        ] as [(Int32, Int32?)])
    func aProcessBelongsToAMainProcessByDescentOrGroup(pid: Int32, main: Int32?) {
        #expect(ancestry.owner(of: pid, among: [20, 30]) == main)
    }

    @Test func theNearestMainProcessCounts() {
        #expect(ancestry.owner(of: 22, among: [20, 21]) == 21)
    }

    @Test func whatDescendsAndLivesIsBelow() {
        #expect(ancestry.isAlive(22, below: 10) && ancestry.isAlive(31, below: 10))
        #expect(!ancestry.isAlive(40, below: 10))
        #expect(!ancestry.isAlive(23, below: 10), "it has ended")
        #expect(
            !ancestry.isAlive(10, below: 10) && !ancestry.isAlive(50, below: 10) && !ancestry.isAlive(99, below: 10))
    }

    @Test func aParentThatEndsMeanwhileIsNotTheEndOfTheWay() {
        // 22 is first told to be a child of 21, which is gone when it is looked at, and then one of 10.
        var isFirst = true
        let changing = ProcessAncestry { pid in
            guard pid == 22, !isFirst else {
                isFirst = false
                return pid == 21 ? nil : Self.places[pid]
            }
            return ProcessPlace(pid: 22, parent: 10, group: 22)
        }
        #expect(changing.isAlive(22, below: 10))
        // One that has no other parent is no reason to look for ever.
        let gone = ProcessAncestry { $0 == 21 ? nil : Self.places[$0] }
        #expect(!gone.isAlive(22, below: 10))
    }

    @Test(
        arguments: [
            ("12 (sh) S 3 4 5 0", ProcessPlace(pid: 12, parent: 3, group: 4)),
            ("12 (a) b) (c\n) Z 3 4 5 0", ProcessPlace(pid: 12, parent: 3, group: 4, hasEnded: true)),
            ("12 (sh) S 3", nil), ("12 sh S 3 4 5", nil), ("", nil), (")", nil), ("x (y) S 3 4 5", nil),
        ] as [(String, ProcessPlace?)])
    func theNameOfAProgramMayHoldAnything(stat: String, place: ProcessPlace?) {
        #expect(ProcessPlace(stat: Array(stat.utf8)) == place)
    }

    @Test func theKernelTellsOfLivingAndEndedProcesses() throws {
        let input = try Pipe()
        let pid = try spawn(
            try shell("sh -c 'echo $$; read line' <&3 & wait") { $0.descriptors.append(input.readEnd) })
        #expect(ProcessPlace.of(pid) == ProcessPlace(pid: pid, parent: CurrentProcess.pid, group: pid))
        let ancestry = ProcessAncestry()
        #expect(ancestry.isAlive(pid, below: CurrentProcess.pid))
        #expect(ancestry.owner(of: pid, among: [CurrentProcess.pid]) == CurrentProcess.pid)
        _ = try input.writeEnd.write(text: "\n")
        let process = try Descriptor.process(pid)
        #expect(try process.wait(for: .readable, until: nil))
        #expect(ProcessPlace.of(pid)?.hasEnded == true)
        #expect(!ancestry.isAlive(pid, below: CurrentProcess.pid))
        _ = try end(of: pid)
        #expect(ProcessPlace.of(pid) == nil)
    }
}
