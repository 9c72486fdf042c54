"""Forward kinematics of a planar arm with two links, and the Jacobian that moves it.

The Jacobian turns joint speeds into the speed of the hand, its determinant l1 l2 sin(q2) tells how
near a singular posture is, and its transpose turns a force at the hand into joint torques
(Siciliano et al., Robotics, chapter 3).  Ten Newton steps with it solve the inverse kinematics.
"""

import numpy as np

import adcompiler as ad


def hand(q, lengths):
    """Where the hand is, for the joint angles `q`."""
    elbow = lengths[0] * np.array([np.cos(q[0]), np.sin(q[0])])
    angle = q[0] + q[1]
    return elbow + lengths[1] * np.array([np.cos(angle), np.sin(angle)])


jacobian = ad.jacobian(hand)


def jacobian_by_hand(q, lengths):
    l1, l2 = lengths
    s1, c1, s12, c12 = np.sin(q[0]), np.cos(q[0]), np.sin(q[0] + q[1]), np.cos(q[0] + q[1])
    return np.array([[-l1 * s1 - l2 * s12, -l2 * s12], [l1 * c1 + l2 * c12, l2 * c12]])


def inverse(target, q, lengths, steps=10):
    """Joint angles that bring the hand to `target`, by Newton's method."""
    for _ in range(steps):
        q = q - np.linalg.solve(jacobian(q, lengths), hand(q, lengths) - target)
    return q


def main() -> None:
    lengths, q = np.array([1.0, 0.8]), np.array([0.4, 0.9])
    matrix = jacobian(q, lengths)
    print("hand:", hand(q, lengths))
    print("Jacobian:\n", matrix, sep="")
    print("difference to the textbook:", np.max(np.abs(matrix - jacobian_by_hand(q, lengths))))
    print("determinant:", np.linalg.det(matrix), " l1 l2 sin q2:", 0.8 * np.sin(0.9))
    _, speed = ad.jvp(lambda q: hand(q, lengths), (q,), (np.array([0.5, -0.2]),))
    print("speed of the hand:", speed)
    _, torques = ad.vjp(lambda q: hand(q, lengths), q)
    print("torques for a force of (0, -10):", torques(np.array([0.0, -10.0]))[0])
    target = np.array([0.5, 1.2])
    found = inverse(target, q, lengths)
    print(
        "angles for",
        target,
        "are",
        found,
        "with a miss of",
        np.max(np.abs(hand(found, lengths) - target)),
    )
    print("\n" + jacobian.source())


if __name__ == "__main__":
    main()
