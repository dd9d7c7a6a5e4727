import SuperOptions
import Testing

@Test(arguments: [
    ("autorestat", "autorestart"), ("comand", "command"), ("startsec", "startsecs"),
    ("stdout_logfle", "stdout_logfile"),
    ("enviroment", "environment"), ("ture", "true"),
])
func aMisspeltWordIsRecognised(_ word: String, _ meant: String) {
    let words = OptionTable.program.map(\.name) + ["true"]
    #expect(nearMiss(of: word, among: words) == meant)
}

@Test(arguments: ["", "x", "dependent_startup", "zz", "workers"])
func aWordThatIsNothingLikeItIsNotRecognised(_ word: String) {
    #expect(nearMiss(of: word, among: OptionTable.program.map(\.name)) == nil)
}
