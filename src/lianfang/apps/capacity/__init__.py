"""What the laboratories can work, what waits at them, when it will be done, and how the new ones come along."""
