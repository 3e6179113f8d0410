import PrivateBroker
import Testing

extension EndToEnd {
    /// SQLite's memory is the whole process's, so that its failures need one of their own.
    struct MemoryTests {
        /// Every so many-th allocation fails; each of them: `swift run simulator failing-calls
        /// --memory`.
        @Test func aFailingAllocationCostsNothing() throws {
            let outcome = try run(
                Surroundings.built("simulator"),
                ["failing-calls", "--memory", "--stride", Surroundings.isFull ? "5" : "307"],
                in: TemporaryFolder())
            #expect(outcome.code == 0, "\(outcome.errors)")
            #expect(outcome.output.contains("nothing lost or counted twice"))
        }
    }
}
