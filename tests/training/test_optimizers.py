"""The optimizer of a model: rate and decay in variables, the rest in the graph."""

import pickle

import keras
import numpy as np
import pytest
from sklearn.base import clone

from skcnn import CNNClassifier, NetworkClassifier
from skcnn.training.optimizers import (
    FusedAdam,
    changed_optimizer,
    check_optimizer,
    default_rate,
    given_rate,
    optimizer_key,
    own_optimizer,
    set_rate_and_decay,
)


def stepped(optimizer, n_steps=5, dtype="float32"):
    """Return a kernel and a bias after some steps along made gradients."""
    rng = np.random.default_rng(0)
    variables = [
        keras.Variable(rng.normal(size=(3, 4)), dtype=dtype, name="kernel"),
        keras.Variable(rng.normal(size=(4,)), dtype="float32", name="bias"),
    ]
    optimizer.build(variables)
    for _ in range(n_steps):
        gradients = [rng.normal(size=v.shape).astype(v.dtype) for v in variables]
        optimizer.apply([keras.ops.convert_to_tensor(g) for g in gradients])
    return [keras.ops.convert_to_tensor(variable).numpy() for variable in variables]


OPTIMIZERS = [
    keras.optimizers.Adam(0.01),
    keras.optimizers.Adam(0.01, beta_1=0.5, beta_2=0.9, epsilon=0.1),
    keras.optimizers.Adam(0.01, amsgrad=True),
    keras.optimizers.AdamW(0.01, weight_decay=0.1),
    keras.optimizers.AdamW(0.01, clipnorm=0.1),
    keras.optimizers.SGD(0.01, momentum=0.9, nesterov=True, weight_decay=0.1),
    keras.optimizers.Nadam(0.01),
    keras.optimizers.Lion(0.01),
]


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda o: o.name)
def test_our_copy_takes_the_steps_of_keras_own(optimizer):
    own = own_optimizer(optimizer, excludes=False, decays=False)
    assert own is not optimizer
    for mine, theirs in zip(stepped(own), stepped(optimizer), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-5, atol=1e-7)


def test_a_layer_of_the_users_may_have_weights_in_float64():
    adam = keras.optimizers.Adam(0.01)
    own = own_optimizer(adam, excludes=False, decays=False)
    mine, theirs = (stepped(one, dtype="float64") for one in (own, adam))
    np.testing.assert_allclose(mine[0], theirs[0], rtol=1e-6)


def test_only_plain_adam_is_fused():
    kinds = [
        type(own_optimizer(optimizer, excludes=False, decays=False))
        for optimizer in OPTIMIZERS[:4]
    ]
    assert kinds == [FusedAdam, FusedAdam, keras.optimizers.Adam, FusedAdam]


def test_rate_and_decay_can_be_set_after_tracing():
    own = own_optimizer(keras.optimizers.SGD(1.0), excludes=False, decays=True)
    variable = keras.Variable(np.ones(3), dtype="float32", name="kernel")
    own.build([variable])

    import tensorflow as tf

    step = tf.function(lambda: own.apply([tf.zeros(3)]))
    expected = 1.0
    for rate, decay in [(1.0, 0.5), (0.5, 0.5), (0.5, 0.0), (1.0, 0.25)]:
        set_rate_and_decay(own, rate, decay)
        step()
        expected *= 1 - rate * decay
        np.testing.assert_allclose(variable.value.numpy(), expected)
    assert step.experimental_get_tracing_count() == 1


def test_biases_and_batch_norm_are_not_pulled_to_zero():
    plain = keras.optimizers.AdamW(0.01, weight_decay=0.5)
    kernel, bias = stepped(own_optimizer(plain, excludes=True, decays=False))
    decayed = stepped(own_optimizer(plain, excludes=False, decays=False))
    undecayed = stepped(keras.optimizers.Adam(0.01))
    np.testing.assert_allclose(kernel, decayed[0], rtol=1e-6)
    np.testing.assert_allclose(bias, undecayed[1], rtol=1e-6)


def test_an_embedding_can_be_trained(digits):
    X, y = digits

    def build(input_shape, n_classes):
        images = keras.Input(input_shape)
        patches = keras.layers.Reshape((16, 4))(images)
        places = keras.layers.Embedding(16, 4)(keras.ops.arange(16))
        x = keras.layers.Flatten()(patches + places)
        return keras.Model(images, keras.layers.Dense(n_classes)(x))

    clf = NetworkClassifier(build, epochs=30, learning_rate=0.02, random_state=0)
    assert clf.fit(X, y).score(X, y) > 0.9


# --- what is part of the graph --------------------------------------------------------


def test_rate_decay_and_name_are_no_part_of_the_key():
    keys = {
        optimizer_key(keras.optimizers.AdamW(rate, weight_decay=decay, name=name))
        for rate, decay, name in [(0.1, 0.1, "a"), (0.2, 0.1, "b"), (0.1, 0.3, "c")]
    }
    assert len(keys) == 1


def test_all_else_is_part_of_the_key():
    schedule = keras.optimizers.schedules.ExponentialDecay
    optimizers = [
        keras.optimizers.Adam(),
        keras.optimizers.AdamW(),
        keras.optimizers.Adam(beta_1=0.5),
        keras.optimizers.Adam(clipnorm=1.0),
        keras.optimizers.Adam(weight_decay=0.1),
        keras.optimizers.Adam(schedule(0.1, 10, 0.5)),
        keras.optimizers.Adam(schedule(0.2, 10, 0.5)),
        keras.optimizers.SGD(),
        keras.optimizers.SGD(momentum=0.9),
        keras.optimizers.Adam(use_ema=True),
        keras.optimizers.Adam(use_ema=True),
    ]
    assert len({optimizer_key(optimizer) for optimizer in optimizers}) == 11


def test_a_name_and_an_instance_never_share_a_model(cnn, bits, digits, pool):
    X, y = digits
    # A name decays no bias; an instance does exactly what Keras' own would do.
    forms = ["adamw", keras.optimizers.AdamW(0.001)]
    expected = []
    for form in forms:
        pool.clear()
        expected.append(bits(cnn(optimizer=form, weight_decay=0.9).fit(X, y)))
    assert expected[0] != expected[1]
    pool.clear()
    again = [bits(cnn(optimizer=f, weight_decay=0.9).fit(X, y)) for f in forms]
    assert again == expected


def compiled(input_shape, n_classes):
    network = keras.Sequential(
        [
            keras.Input(input_shape),
            keras.layers.Flatten(),
            keras.layers.Dense(n_classes, bias_initializer="ones"),
        ]
    )
    network.compile(
        keras.optimizers.SGD(0.25, weight_decay=0.9),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    return network


def test_the_optimizer_of_a_compiled_network_is_kept_as_it_is(digits):
    X, y = digits
    clf = NetworkClassifier(compiled, epochs=3, random_state=0).fit(X, y)
    assert clf.history_["learning_rate"].tolist() == [0.25] * 3
    # Its decay holds for the bias too: (1 - 0.25 * 0.9)**15 of it is left, and the
    # gradients of all classes' biases sum to zero.
    bias = clf._state.weights[1]
    np.testing.assert_allclose(bias.sum(), 10 * (1 - 0.25 * 0.9) ** 15, rtol=1e-3)


# --- numbers --------------------------------------------------------------------------


def test_rates_by_schedule():
    assert default_rate("one_cycle") == 0.004
    assert default_rate("constant") == default_rate("cosine") == 0.001
    assert default_rate(lambda epoch: 1.0) == 0.001
    assert given_rate(keras.optimizers.SGD(0.25)) == 0.25


def test_a_number_outranks_the_rate_of_an_instance(cnn, digits):
    X, y = digits
    optimizer = keras.optimizers.AdamW(0.25)
    own = cnn(optimizer=optimizer, epochs=1).fit(X, y)
    given = cnn(optimizer=optimizer, epochs=1, learning_rate=0.5).fit(X, y)
    assert own.history_["learning_rate"].tolist() == [0.25]
    assert given.history_["learning_rate"].tolist() == [0.5]
    assert float(optimizer.learning_rate.value) == 0.25
    assert not optimizer.built


@pytest.mark.parametrize(
    "optimizer", ["sgd", "AdamW", keras.optimizers.Lion, keras.optimizers.Adam(0.1)]
)
def test_what_keras_knows_is_accepted(optimizer):
    check_optimizer(optimizer)


@pytest.mark.parametrize("optimizer", ["adaam", 0.1, keras.losses.Loss, None])
def test_what_keras_does_not_know_is_named_with_what_it_knows(optimizer):
    with pytest.raises(ValueError, match=r"is no optimizer of Keras.*'adamw'"):
        check_optimizer(optimizer)


# --- what is left out of weight decay, and schedules, are in no configuration -------


def excluding(*names):
    optimizer = keras.optimizers.AdamW(0.01, weight_decay=0.5)
    optimizer.exclude_from_weight_decay(var_names=list(names))
    return optimizer


COPIES = {
    "fit": lambda one: own_optimizer(one, excludes=True, decays=True),
    "clone": lambda one: clone(CNNClassifier(optimizer=one)).optimizer,
    "pickle": lambda one: (
        pickle.loads(pickle.dumps(CNNClassifier(optimizer=one))).optimizer
    ),
    "changed": lambda one: changed_optimizer(one, {"epsilon": 1e-7}),
}


@pytest.mark.parametrize("way", COPIES)
def test_what_is_excluded_from_weight_decay_stays_so_in_copies(way):
    own = COPIES[way](excluding("kernel"))
    for mine, theirs in zip(stepped(own), stepped(excluding("kernel")), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-5, atol=1e-7)
    (kernel, bias), (decayed, kept) = stepped(own), stepped(excluding("bias"))
    assert np.abs(kernel - decayed).max() > 1e-3
    assert np.abs(bias - kept).max() > 1e-3


def test_what_is_excluded_belongs_to_the_graph():
    keys = [optimizer_key(excluding(name)) for name in ("kernel", "bias", "kernel")]
    assert keys[0] == keys[2] != keys[1]


def test_variables_cannot_be_excluded_from_weight_decay(shapes):
    optimizer = keras.optimizers.AdamW(0.01)
    optimizer.exclude_from_weight_decay(var_list=[keras.Variable(1.0)])
    with pytest.raises(TypeError, match=r"AdamW excludes variables.*var_names=\["):
        CNNClassifier(optimizer=optimizer, epochs=1).fit(*shapes)


def test_a_schedule_of_ones_own_stays_in_a_changed_optimizer():
    class Falling(keras.optimizers.schedules.LearningRateSchedule):
        def __init__(self, factor):
            self.factor = factor

        def __call__(self, step):
            return self.factor**step

        def get_config(self):
            return {}

    schedule = Falling(0.5)
    changed = changed_optimizer(keras.optimizers.Adam(schedule), {"epsilon": 0.5})
    assert changed._learning_rate is schedule
    assert changed.epsilon == 0.5
