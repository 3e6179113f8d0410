/// A room or building as one mass that loses warmth to the outside.
///
/// Stepped by the backward Euler rule, which stays stable at any step: at an hour the course is
/// coarse but the warmth still balances.
struct ThermalMass: Sendable {
    /// °C.
    private(set) var temperature: Double
    /// Hours in which the difference to the outside would shrink by the factor e.
    let timeConstant: Double
    /// What the heating can do, kelvins an hour.
    let heatingMax: Double

    /// The heating that brings the mass to `target` at the end of the step, as far as it can.
    ///
    /// - Parameters:
    ///   - hours: the length of the step.
    ///   - outside: °C.
    ///   - gains: from sun, people and machines, kelvins an hour.
    /// - Returns: kelvins an hour, 0...`heatingMax`.
    func heating(toReach target: Double, hours: Double, outside: Double, gains: Double) -> Double {
        let needed =
            (target - temperature) / hours + (target - outside) / timeConstant - gains
        return needed.clamped(to: 0...heatingMax)
    }

    /// - Parameter warming: heating and gains together, kelvins an hour.
    mutating func advance(hours: Double, outside: Double, warming: Double) {
        let share = hours / timeConstant
        temperature = (temperature + share * outside + hours * warming) / (1 + share)
    }
}

/// The part of a difference that is left after `hours` when it shrinks at `rate` an hour, by the
/// backward Euler rule.
func remainder(after hours: Double, rate: Double) -> Double {
    1 / (1 + rate * hours)
}
