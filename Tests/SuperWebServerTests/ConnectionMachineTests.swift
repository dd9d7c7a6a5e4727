import SuperBase
import SuperHTTP
import SuperWebCore
import Testing

/// One connection with its own clock, whose answers are queued at once.
struct FakeConnection {
    var machine: ConnectionMachine
    var now = Instant(nanoseconds: 0)
    /// Everything that the machine asked for, in words.
    var log: [String] = []
    /// Whether the application answers by itself.
    var answers = true
    let limits: WebLimits

    init(keepsContent: Bool = true, _ adjust: (inout WebLimits) -> Void = { _ in }) {
        var limits = WebLimits()
        adjust(&limits)
        self.limits = limits
        machine = ConnectionMachine(limits: limits, keepsContent: keepsContent, at: now)
    }

    mutating func receive(_ text: String) {
        machine.receive(Array(text.utf8).span, at: now)
        act()
    }

    /// Carries out actions, and takes everything off the client's hands at once.
    mutating func act() {
        while let action = machine.nextAction(at: now) {
            switch action {
            case .sendContinue: log.append("continue")
            case .refuse(let status, _): log.append("refuse \(status.code)")
            case .handle(let request):
                let content = request.content.isEmpty ? "" : " \(String(decoding: request.content, as: UTF8.self))"
                log.append("handle \(request.head.target)\(content)")
                if answers { answer() }
            }
        }
        if !isWaitingForApplication { machine.flushed(at: now) }
    }

    mutating func answer() {
        log.append(machine.keepsConnection ? "answer" : "answer, close")
        machine.answered(at: now)
    }

    /// Lets time pass and acts on the deadline, if it has come.
    mutating func wait(_ duration: Duration) {
        now = now + duration
        machine.expire(at: now)
        act()
    }

    var isWaitingForApplication: Bool {
        if case .handling = machine.state { true } else { false }
    }

    var isLingering: Bool {
        if case .lingering = machine.state { true } else { false }
    }
}

private let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

@Suite struct ConnectionMachineTests {
    @Test func requestsAreAnsweredInTurnAndTheConnectionStays() {
        var connection = FakeConnection()
        connection.receive(get)
        connection.receive("GET /2 HTTP/1.1\r\nHost: a\r\n")
        connection.receive("\r\n")
        #expect(connection.log == ["handle /", "answer", "handle /2", "answer"])
        #expect(connection.machine.state == .idle(since: connection.now))
    }

    @Test func pipelinedRequestsAreHandledOneAfterTheOther() {
        var connection = FakeConnection()
        connection.answers = false
        connection.receive(get + "GET /2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        #expect(connection.log == ["handle /"])
        connection.answer()
        connection.act()
        #expect(connection.log == ["handle /", "answer", "handle /2"])
        connection.answer()
        connection.act()
        #expect(connection.log.last == "answer, close")
        #expect(connection.machine.state == .closed)
    }

    @Test func contentIsKeptOrDroppedAsTheApplicationWants() {
        for (keeps, expected) in [(true, "handle / abcdef"), (false, "handle /")] {
            var connection = FakeConnection(keepsContent: keeps)
            connection.receive("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc")
            connection.receive("def")
            #expect(connection.log.first == expected)
        }
    }

    @Test func onlyAClientThatWaitsIsToldToContinue() {
        let head = "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
        var waiting = FakeConnection()
        waiting.receive(head)
        #expect(waiting.log == ["continue"])
        waiting.receive("hi")
        #expect(waiting.log == ["continue", "handle / hi", "answer"])

        var hasty = FakeConnection()
        hasty.receive(head + "hi")
        #expect(hasty.log == ["handle / hi", "answer"])

        var empty = FakeConnection()
        empty.receive("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n")
        #expect(empty.log == ["handle /", "answer"])
    }

    @Test func aBadRequestIsRefusedAndTheConnectionEnds() {
        var connection = FakeConnection()
        connection.receive(get + "GET\r\n\r\n" + get)
        #expect(connection.log == ["handle /", "answer", "refuse 400"])
        #expect(connection.isLingering)
        connection.receive(get)
        #expect(connection.log.count == 3)
        connection.wait(connection.limits.linger)
        #expect(connection.machine.state == .closed)
    }

    @Test func aHeadThatDoesNotComeInTimeIsRefused() {
        var connection = FakeConnection()
        connection.wait(.seconds(1))
        connection.receive("GET / HTTP/1.1\r\n")
        // More bytes do not buy more time.
        connection.wait(.seconds(9))
        connection.receive("Host: a\r\n")
        connection.wait(.milliseconds(999))
        #expect(connection.log.isEmpty)
        connection.wait(.milliseconds(1))
        #expect(connection.log == ["refuse 408"])
    }

    @Test func theTimeForContentCountsFromItsLastPiece() {
        var connection = FakeConnection()
        connection.receive("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na")
        connection.wait(.seconds(29))
        connection.receive("b")
        connection.wait(.seconds(29))
        #expect(connection.log.isEmpty)
        connection.wait(.seconds(1))
        #expect(connection.log == ["refuse 408"])
    }

    @Test func aConnectionWithoutARequestIsClosedWithoutAWord() {
        var fresh = FakeConnection()
        fresh.wait(fresh.limits.head)
        #expect(fresh.machine.state == .closed && fresh.log.isEmpty)

        var idle = FakeConnection { $0.keepAlive = .seconds(60) }
        idle.receive(get)
        idle.wait(.seconds(59))
        #expect(idle.machine.state != .closed)
        idle.wait(.seconds(1))
        #expect(idle.machine.state == .closed && idle.log.count == 2)
    }

    @Test func emptyLinesDoNotKeepAConnectionOpen() {
        var connection = FakeConnection { $0.keepAlive = .seconds(5) }
        connection.receive(get)
        connection.wait(.seconds(4))
        connection.receive("\r\n")
        connection.wait(.seconds(5))
        #expect(connection.machine.state == .closed)
    }

    @Test func theApplicationHasAllTheTimeItTakes() {
        var connection = FakeConnection()
        connection.answers = false
        connection.receive(get)
        #expect(connection.machine.deadline == nil)
        #expect(!connection.machine.wantsInput)
    }

    @Test func aClientThatDoesNotReadIsNotReadFromAndIsClosedInTheEnd() {
        var connection = FakeConnection()
        connection.answers = false
        connection.receive(get + get)
        connection.answer()
        connection.machine.blocked(at: connection.now)
        #expect(!connection.machine.wantsInput)
        #expect(connection.machine.nextAction(at: connection.now) == nil)
        connection.wait(.seconds(29))
        connection.machine.blocked(at: connection.now)
        #expect(connection.machine.deadline == connection.now + connection.limits.write)
        connection.now = connection.now + .seconds(30)
        connection.machine.expire(at: connection.now)
        #expect(connection.machine.state == .closed)
    }

    @Test func whatWaitedBehindAFullQueueIsHandledAfterwards() {
        var connection = FakeConnection()
        connection.answers = false
        connection.receive(get + "GET /2 HTTP/1.1\r\nHost: a\r\n\r\n")
        connection.answer()
        connection.machine.blocked(at: connection.now)
        connection.machine.flushed(at: connection.now)
        connection.act()
        #expect(connection.log.last == "handle /2")
    }

    @Test func aClientThatHasSentItsLastStillGetsItsAnswers() {
        var connection = FakeConnection()
        connection.answers = false
        connection.receive(get + get)
        connection.machine.receiveEnd()
        connection.answer()
        connection.act()
        connection.answer()
        connection.act()
        #expect(connection.log == ["handle /", "answer", "handle /", "answer, close"])
        #expect(connection.machine.state == .closed)
    }

    @Test func aClientThatLeavesWithinARequestIsClosed() {
        for text in ["", "GET", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na"] {
            var connection = FakeConnection()
            connection.receive(text)
            connection.machine.receiveEnd()
            #expect(connection.machine.state == .closed)
            #expect(connection.log.isEmpty)
        }
    }

    @Test func drainingClosesConnectionsThatHaveBeenIdle() {
        var connection = FakeConnection()
        connection.receive(get)
        connection.now = connection.now + .seconds(1)
        connection.machine.drain(at: connection.now)
        #expect(connection.machine.state == .closed)
    }

    @Test func drainingAnswersOneMoreRequestOfABusyConnection() {
        var connection = FakeConnection()
        connection.receive(get)
        connection.machine.drain(at: connection.now)
        #expect(connection.machine.deadline == connection.now + connection.limits.lastCall)
        connection.wait(.milliseconds(100))
        connection.receive(get)
        #expect(connection.log == ["handle /", "answer", "handle /", "answer, close"])
        #expect(connection.isLingering)
        connection.machine.receiveEnd()
        #expect(connection.machine.state == .closed)
    }

    @Test func drainingAnswersWhatIsUnderWay() {
        var connection = FakeConnection()
        connection.answers = false
        connection.receive(get + "GET /2 HTTP/1.1\r\nHost: a\r\n\r\n")
        connection.machine.drain(at: connection.now)
        connection.answer()
        connection.act()
        connection.answer()
        #expect(connection.log == ["handle /", "answer", "handle /2", "answer, close"])
    }

    @Test func anOldClientIsKeptOnlyOnRequest() {
        var closing = FakeConnection()
        closing.receive("GET / HTTP/1.0\r\n\r\n")
        #expect(closing.log.last == "answer, close" && closing.machine.state == .closed)
        var keeping = FakeConnection()
        keeping.receive("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        #expect(keeping.log.last == "answer")
    }

    /// Whatever a client sends and whenever it stops: a machine that is woken at its deadlines comes to its end, and in
    /// every state either somebody has something to do or there is a deadline.
    @Test(arguments: 1...200) func everyConnectionEnds(_ seed: Int) {
        var random = SplitMix(state: UInt64(seed))
        let words = [
            get, "GET / HT", "TP/1.1\r\n", "Host: a\r\n", "\r\n", "x", "Content-Length: 4\r\n", "Connection: close\r\n",
        ]
        var connection = FakeConnection()
        for _ in 0..<40 {
            switch random.next() % 8 {
            case 0: connection.wait(.milliseconds(Int64(random.next() % 20_000)))
            case 1 where random.next() % 4 == 0: connection.machine.drain(at: connection.now)
            case 2 where random.next() % 4 == 0: connection.machine.receiveEnd()
            case 3: connection.machine.blocked(at: connection.now)
            case 4: connection.machine.flushed(at: connection.now)
            default: if connection.machine.wantsInput { connection.receive(words[Int(random.next() % 8)]) }
            }
            connection.act()
        }
        for _ in 0..<6 where connection.machine.state != .closed {
            guard let deadline = connection.machine.deadline else {
                Issue.record("nothing moves on from \(connection.machine.state), seed \(seed)")
                return
            }
            connection.now = max(connection.now, deadline)
            connection.machine.expire(at: connection.now)
            connection.act()
        }
        #expect(connection.machine.state == .closed, "seed \(seed)")
    }
}

/// Numbers that look random and are the same in each run.
private struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
