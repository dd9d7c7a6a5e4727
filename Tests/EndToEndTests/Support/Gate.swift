/// Lets a number of sandboxes be open at a time, so that a machine with few processors is busy and not overwhelmed.
actor Gate {
    static let shared = Gate(places: 8)

    private let places: Int
    private var free: Int
    private var waiting: [(places: Int, continuation: CheckedContinuation<Void, Never>)] = []

    private init(places: Int) {
        self.places = places
        free = places
    }

    /// Takes places, in the order of asking. A test that needs quiet asks for `Int.max`, which is all of them.
    func enter(_ wanted: Int) async {
        let wanted = min(wanted, places)
        if waiting.isEmpty && free >= wanted {
            free -= wanted
            return
        }
        await withCheckedContinuation { waiting.append((wanted, $0)) }
    }

    func leave(_ taken: Int) {
        free += min(taken, places)
        while let next = waiting.first, next.places <= free {
            waiting.removeFirst()
            free -= next.places
            next.continuation.resume()
        }
    }
}
