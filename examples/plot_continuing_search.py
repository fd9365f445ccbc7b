"""
Who goes on? A search that does not begin anew
==============================================

Grid search trains every candidate to the end, also those that are bad from the
beginning. `ContinuingSearchCV` trains all of them a little, and goes on with the best
from the weights that they have.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from skcnn import CNNClassifier, ContinuingSearchCV
from skcnn.datasets import load_digits

X, y = load_digits()
X, y = X[:900], y[:900]
model = CNNClassifier(filters=(8, 16), augment=None, epochs=18)
params = {
    "kernel_size": [3, 5],
    "learning_rate": [0.0005, 0.001, 0.002, 0.004, 0.01, 0.04],
}
search = ContinuingSearchCV(model, params, cv=2, random_state=0).fit(X, y)
columns = ["param_kernel_size", "param_learning_rate", "n_epochs", "rung"]
table = pd.DataFrame(search.cv_results_).sort_values("rank_test_score")
print(table[[*columns, "mean_test_score"]].round(4).to_string(index=False))

# %%
# The best third of each rung went on. Scores of different rungs do not compare, so who
# came further stands before the others. Of all the epochs of a grid search, this part
# was trained:

trained = np.sum(search.cv_results_["n_epochs"])
print(f"{trained / (len(table) * model.epochs):.0%}")

# %%
# Every fold's history is there. A line ends where its candidate did:

figure, ax = plt.subplots(layout="constrained")
rungs = search.cv_results_["rung"]
for history, rung in zip(search.cv_results_["split0_history"], rungs, strict=True):
    is_last = rung == rungs.max()
    color, width = ("C0", 2.0) if is_last else ("0.6", 1.0)
    ax.plot(history.index, history["loss"], color=color, linewidth=width)
ax.set(xlabel="Epoch", ylabel="Loss of the training images", title="Who went on")
ax.xaxis.get_major_locator().set_params(integer=True)

# %%
# In blue are those that came to their end: only their learning rate has come down, in
# the last part. The best one was trained anew on all images, with its own schedule:

print(search.best_params_, f"{search.best_score_:.4f}")

# %%
# With `store="runs"` the search could be stopped at any moment, and would go on from
# there; with `max_seconds=60` it would end in time, with the best so far.
plt.show()
