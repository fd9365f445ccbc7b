"""Images per second of a warm epoch, beside Keras' own `fit` and skorch."""

from functools import partial
from time import perf_counter

from . import systems
from ._measure import Row, in_turn, installed, medians

TITLE = "Training, images/s of the second epoch, batch 128, Adam"

# Against Keras in float32, and against skorch.
BUDGETS = {
    ("B1", "float32"): 1.5,
    ("B1", "auto"): 2.2,
    ("C3", "float32"): 1.1,
    ("C3", "auto"): 1.9,
}
BUDGET_SKORCH = {"B1": None, "C3": 2.7}


def rows(arguments):
    """Measure and return the lines of the table."""
    lines = []
    for network in ["B1", "C3"]:
        lines += _rows_of_network(network, arguments)
    return lines


def _rows_of_network(network, arguments):
    n_images = arguments.images
    sides = {
        f"{network} Keras": partial(keras_rate, network, n_images),
        f"{network} float32": partial(our_rate, network, "float32", n_images),
        f"{network} auto": partial(our_rate, network, "auto", n_images),
    }
    if installed("skorch", "torch"):
        sides[f"{network} skorch"] = partial(skorch_rate, network, n_images)
    rates = medians(in_turn(sides, arguments.repeats))
    budgets = {
        "Keras": {p: BUDGETS[network, p] for p in ["float32", "auto"]},
        "skorch": {"auto": BUDGET_SKORCH[network]},
    }
    lines = [
        Row(
            f"{network}, {precision}, beside {peer}",
            f"{rates[f'{network} {precision}']:.0f}",
            f"{rates[f'{network} {peer}']:.0f}",
            rates[f"{network} {precision}"] / rates[f"{network} {peer}"],
            budget=budgets[peer].get(precision),
        )
        for peer in budgets
        if f"{network} {peer}" in rates
        for precision in ["float32", "auto"]
    ]
    if f"{network} skorch" not in rates:
        print(f"{network} beside skorch: left out, skorch and torch are not installed")
    return lines


def our_rate(network, precision, n_images):
    """Return images/s of our second epoch."""
    X, y = systems.images(n_images)
    model = systems.ours(network, precision=precision, epochs=2).fit(X, y)
    assert model.n_parameters_ == systems.N_PARAMETERS[network]
    return n_images / model.history_["seconds"].iloc[-1]


def keras_rate(network, n_images):
    """Return images/s of Keras' second epoch, fed with float32 images in [0, 1]."""
    from keras.callbacks import LambdaCallback

    X, y = systems.images(n_images)
    model = systems.compiled_keras(network)
    assert model.count_params() == systems.N_PARAMETERS[network]
    started, ended = [], []
    watch = LambdaCallback(
        on_epoch_begin=lambda epoch, logs: started.append(perf_counter()),
        on_epoch_end=lambda epoch, logs: ended.append(perf_counter()),
    )
    model.fit(
        systems.as_keras_has_it(X),
        y,
        batch_size=systems.BATCH_SIZE,
        epochs=2,
        verbose=0,
        callbacks=[watch],
    )
    return n_images / (ended[-1] - started[-1])


def skorch_rate(network, n_images):
    """Return images/s of skorch's second epoch."""
    import torch
    from skorch import NeuralNetClassifier

    X, y = systems.images(n_images)
    module = systems.torch_network(network)
    n_parameters = sum(weight.numel() for weight in module.parameters())
    assert n_parameters == systems.N_PARAMETERS[network]
    net = NeuralNetClassifier(
        module,
        criterion=torch.nn.CrossEntropyLoss,
        optimizer=torch.optim.Adam,
        lr=systems.LEARNING_RATE,
        batch_size=systems.BATCH_SIZE,
        iterator_train__shuffle=True,
        max_epochs=2,
        train_split=None,
        verbose=0,
    )
    net.fit(systems.as_keras_has_it(X).transpose(0, 3, 1, 2), y.astype("int64"))
    return n_images / net.history[-1, "dur"]
