import Glibc
import SuperOS
import Testing

@Suite struct TerminalTests {
    /// Both sides of a terminal.
    private func terminal() throws -> (master: Descriptor, terminal: Descriptor) {
        let master = try Descriptor.open("/dev/ptmx", .readWrite)
        // TIOCSPTLCK and TIOCGPTN, whose macros Swift cannot see.
        var (lock, number): (CInt, CInt) = (0, 0)
        guard ioctl(master.number, 0x4004_5431, &lock) == 0, ioctl(master.number, 0x8004_5430, &number) == 0 else {
            throw Missing(what: "a terminal")
        }
        return (master, try Descriptor.open("/dev/pts/\(number)", .readWrite))
    }

    @Test func aTerminalTellsItsSize() throws {
        let (master, terminal) = try terminal()
        #expect(terminal.isTerminal)
        // A new terminal has no size, which counts as none known.
        #expect(terminal.terminalSize() == nil)
        var size: [UInt16] = [24, 80, 0, 0]
        #expect(ioctl(master.number, UInt(TIOCSWINSZ), &size) == 0)
        #expect(terminal.terminalSize().map { [$0.columns, $0.rows] } == [80, 24])
    }

    @Test func keysComeOneByOneUnseenAndTheModeComesBack() throws {
        let (master, terminal) = try terminal()
        let before = try terminal.enterKeyMode()
        _ = try master.write(text: "a\u{3}")
        #expect(try terminal.readText() == "a\u{3}")
        #expect(try master.readableBytes() == 0)
        try terminal.restore(before)
        _ = try master.write(text: "line\r")
        #expect(try terminal.readText() == "line\n")
        #expect(try master.readText() == "line\r\n")
    }

    @Test func hiddenTypingIsStillReadByLines() throws {
        let (master, terminal) = try terminal()
        let before = try terminal.hideTyping()
        _ = try master.write(text: "secret\r")
        #expect(try terminal.readText() == "secret\n")
        try terminal.restore(before)
        // The line feed after the hidden line is all that shows, where the terminal shows even that.
        _ = try master.write(text: "seen\r")
        #expect(try terminal.readText() == "seen\n")
        #expect(try master.readText()?.contains("secret") == false)
    }

    @Test func aPipeHasNoMode() throws {
        let pipe = try Pipe()
        #expect(throws: SystemError.self) { try pipe.readEnd.enterKeyMode() }
    }
}
